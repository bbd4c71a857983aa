// Certificates of the tests' control plane: one authority, a serving certificate and client
// certificates in a folder. Keys are small and live as long as the folder.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Writes NAME.key and NAME.crt for ca, apiserver, admin and kcm, and the ServiceAccounts' sa.key. */
export async function writeCertificates(folder: string): Promise<void> {
  await Promise.all([authority(folder), openssl(folder, ["genrsa", "-out", "sa.key", "2048"])]);
  const serving =
    "subjectAltName=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\n" +
    "extendedKeyUsage=serverAuth\n";
  const client = "extendedKeyUsage=clientAuth\n";
  await Promise.all([
    leaf(folder, "apiserver", "/CN=kube-apiserver", serving),
    leaf(folder, "admin", "/O=system:masters/CN=admin", client),
    leaf(folder, "kcm", "/CN=system:kube-controller-manager", client),
  ]);
}

async function authority(folder: string): Promise<void> {
  await openssl(folder, [
    ...["req", "-x509", ...newKey("ca"), "-subj", "/CN=test-ca", "-days", "3650"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-out", "ca.crt"],
    ...["-addext", "keyUsage=critical,keyCertSign,digitalSignature"],
  ]);
}

async function leaf(
  folder: string,
  name: string,
  subject: string,
  extensions: string,
): Promise<void> {
  writeFileSync(join(folder, `${name}.ext`), extensions);
  await openssl(folder, ["req", ...newKey(name), "-subj", subject, "-out", `${name}.csr`]);
  await openssl(folder, [
    ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key"],
    ...["-set_serial", String(process.hrtime.bigint()), "-days", "3650"],
    ...["-extfile", `${name}.ext`, "-out", `${name}.crt`],
  ]);
}

function newKey(name: string): readonly string[] {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  return [...curve, "-nodes", "-keyout", `${name}.key`];
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  await execute("openssl", [...args], { cwd: folder });
}
