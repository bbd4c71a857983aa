// Sends blobs and manifests to a registry that speaks the OCI distribution API: the few calls of it.
// REGISTRY_USERNAME and REGISTRY_PASSWORD where it wants to know who. Loopback is asked by http.
import type { Blobs, Descriptor } from "../image/oci.ts";
import { ReleaseProblem } from "./problem.ts";

type Repository = { readonly host: string; readonly name: string };

export function repositoryOf(image: string): Repository {
  const at = image.indexOf("/");
  const host = at < 0 ? "" : image.slice(0, at);
  const name = image.slice(at + 1);
  if (!/[.:]|^localhost$/.test(host) || !/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(name))
    throw new ReleaseProblem(
      `--image ${image}: write REGISTRY/NAME without a tag, such as registry.example.org/team/nova-pci-operator`,
    );
  return { host, name };
}

type Call = {
  readonly method: "HEAD" | "POST" | "PUT";
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
};
type Client = { readonly base: string; readonly call: (call: Call) => Promise<Response> };

function registryClient({ host, name }: Repository): Client {
  const scheme = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host) ? "http" : "https";
  const base = `${scheme}://${host}/v2/${name}`;
  let authorization: string | undefined;
  const send = ({ method, url, headers, body }: Call): Promise<Response> =>
    fetch(url, {
      method,
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      body: body ?? null,
    });
  const call = async (one: Call): Promise<Response> => {
    const first = await send(one);
    if (first.status !== 401) return first;
    authorization = await authorizationFor(first.headers.get("www-authenticate") ?? "", host);
    return send(one);
  };
  return { base, call };
}

/** Answers a challenge: Basic as it is, Bearer by a token of the place that it names. */
async function authorizationFor(challenge: string, host: string): Promise<string> {
  const user = process.env["REGISTRY_USERNAME"];
  const basic =
    user === undefined
      ? undefined
      : `Basic ${Buffer.from(`${user}:${process.env["REGISTRY_PASSWORD"] ?? ""}`).toString("base64")}`;
  const part = (key: string): string | undefined =>
    new RegExp(`${key}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part("realm");
  if (/^bearer/i.test(challenge) && realm !== undefined) {
    const url = new URL(realm);
    for (const key of ["service", "scope"] as const) {
      const value = part(key);
      if (value !== undefined) url.searchParams.set(key, value);
    }
    const answer = await fetch(url, {
      headers: basic === undefined ? {} : { authorization: basic },
    });
    const { token, access_token } = (await answer.json()) as Readonly<Record<string, string>>;
    const given = token ?? access_token;
    if (answer.ok && given !== undefined) return `Bearer ${given}`;
  } else if (basic !== undefined) return basic;
  throw new ReleaseProblem(
    `${host} wants to know who pushes: set REGISTRY_USERNAME and REGISTRY_PASSWORD`,
  );
}

async function expectStatus(answer: Response, wanted: readonly number[], what: string) {
  if (wanted.includes(answer.status)) return;
  const text = (await answer.text()).slice(0, 300);
  throw new ReleaseProblem(`the registry refused ${what}: HTTP ${answer.status} ${text}`);
}

async function pushBlob({ base, call }: Client, digest: string, bytes: Buffer): Promise<void> {
  const there = await call({ method: "HEAD", url: `${base}/blobs/${digest}` });
  if (there.status === 200) return;
  const begun = await call({ method: "POST", url: `${base}/blobs/uploads/` });
  await expectStatus(begun, [202], "an upload");
  const url = new URL(begun.headers.get("location") ?? "", `${base}/`);
  url.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  const done = await call({ method: "PUT", url, headers, body: new Uint8Array(bytes) });
  await expectStatus(done, [201], `blob ${digest}`);
}

async function pushManifest(client: Client, reference: string, type: string, bytes: Buffer) {
  const url = `${client.base}/manifests/${reference}`;
  const headers = { "content-type": type };
  const body = new Uint8Array(bytes);
  const done = await client.call({ method: "PUT", url, headers, body });
  await expectStatus(done, [201], `manifest ${reference}`);
}

type Pushed = {
  readonly blobs: Blobs;
  /** In the order in which the registry must learn them: what is named before what names it. */
  readonly manifests: readonly Descriptor[];
  readonly tag: string;
};

/** The last manifest gets the tag. */
export async function push(repository: Repository, { blobs, manifests, tag }: Pushed) {
  const client = registryClient(repository);
  const named = new Set(manifests.map(({ digest }) => digest));
  for (const [digest, bytes] of blobs)
    if (!named.has(digest)) await pushBlob(client, digest, bytes);
  for (const { digest, mediaType } of manifests)
    await pushManifest(client, digest, mediaType, blobs.get(digest)!);
  const last = manifests.at(-1)!;
  await pushManifest(client, tag, last.mediaType, blobs.get(last.digest)!);
}
