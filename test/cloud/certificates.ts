// Certificates of the test's Kubernetes: one authority, and leaves signed by it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./processes.ts";

type Leaf = {
  readonly name: string;
  /** `/O=group/CN=user` for a client. */
  readonly subject: string;
  /** `IP:...,DNS:...`: makes it a serving certificate. */
  readonly alternativeNames?: string;
};

export async function authority(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await key(folder, "ca");
  await openssl(folder, [
    ...["req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=test-ca", "-days", "3650"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-out", "ca.crt"],
    ...["-addext", "keyUsage=critical,keyCertSign,digitalSignature"],
  ]);
  await openssl(folder, ["genrsa", "-out", "service-accounts.key", "2048"]);
}

/** Signs with the authority in `signer`, writes NAME.key and NAME.crt into `folder`. */
export async function sign(signer: string, folder: string, leaf: Leaf): Promise<void> {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const { name, subject, alternativeNames } = leaf;
  await key(folder, name);
  await openssl(folder, [
    "req",
    "-new",
    "-key",
    `${name}.key`,
    "-subj",
    subject,
    "-out",
    `${name}.csr`,
  ]);
  const extensions =
    alternativeNames === undefined
      ? "extendedKeyUsage=clientAuth\n"
      : `subjectAltName=${alternativeNames}\nextendedKeyUsage=serverAuth\n`;
  writeFileSync(join(folder, `${name}.ext`), extensions);
  await openssl(folder, [
    ...["x509", "-req", "-in", `${name}.csr`, "-CA", join(signer, "ca.crt")],
    ...["-CAkey", join(signer, "ca.key"), "-set_serial", String(process.hrtime.bigint())],
    ...["-days", "3650", "-extfile", `${name}.ext`, "-out", `${name}.crt`],
  ]);
}

type KubeconfigOf = {
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
};

export function kubeconfig(of: KubeconfigOf): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "cloud", cluster: { server: of.server, "certificate-authority": of.authority } },
    ],
    users: [{ name: "me", user: { "client-certificate": of.certificate, "client-key": of.key } }],
    contexts: [{ name: "cloud", context: { cluster: "cloud", user: "me" } }],
    "current-context": "cloud",
  });
}

async function key(folder: string, name: string): Promise<void> {
  await openssl(folder, [
    "ecparam",
    "-name",
    "prime256v1",
    "-genkey",
    "-noout",
    "-out",
    `${name}.key`,
  ]);
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  await run("openssl", args, { cwd: folder });
}
