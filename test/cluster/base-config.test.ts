// Which nova.conf a container finds below its mounts: a table of volumes, checked against the
// stand-in of the kubelet, which lays out the same files by code of its own.
import { expect, test } from "@jest/globals";
import { mountedTexts, sourcesOf } from "../../src/cluster/reads/base-config-mounts.ts";
import { readingOrder, startOf } from "../../src/cluster/reads/reading-order.ts";
import { containerSpecs, type RawPodSpec } from "../../src/cluster/views/pod-spec.ts";
import { layFiles } from "../control-plane/pod-files.ts";

const objects: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Secret/etc": { "nova.conf": "main", "nova-compute.conf": "compute" },
  "Secret/keys": { pci: "from a key", auth: "password" },
  "ConfigMap/snippets": { "10-pci.conf": "ten", "20-more.conf": "twenty", README: "no conf" },
  "ConfigMap/other": { "10-pci.conf": "other" },
  "ConfigMap/nova-pci-compute-0123456789abcdef": { "95-nova-pci.conf": "ours" },
  "ConfigMap/nova-pci-compute": { "95-nova-pci.conf": "ours" },
};

type Volume = NonNullable<RawPodSpec["volumes"]>[number];
type Mount = { readonly mountPath: string; readonly subPath?: string; readonly volume: object };

function podOf(mounts: readonly Mount[]) {
  return {
    containers: [
      {
        name: "nova-compute",
        volumeMounts: mounts.map(({ volume: _, ...item }, index) => ({
          ...item,
          name: `v${index}`,
        })),
      },
    ],
    volumes: mounts.map(({ volume }, index): Volume => ({ name: `v${index}`, ...volume })),
  };
}

function read(mounts: readonly Mount[]): Readonly<Record<string, string>> {
  const [container] = containerSpecs(podOf(mounts));
  const texts = mountedTexts(
    container!.mounts,
    ({ kind, name }) => objects[`${kind}/${name}`] ?? {},
  );
  return Object.fromEntries(
    readingOrder(startOf(container!, "nova-compute", { texts }), [...texts.keys()]).map((path) => [
      path,
      texts.get(path)!,
    ]),
  );
}

const etc = { secret: { secretName: "etc" } };
const main = { mountPath: "/etc/nova/nova.conf", subPath: "nova.conf", volume: etc };
const folder = "/etc/nova/nova.conf.d";
const items = (...pairs: readonly [string, string][]) => ({
  items: pairs.map(([key, path]) => ({ key, path, mode: 0o440 })),
});

const table: readonly [string, readonly Mount[], Readonly<Record<string, string>>][] = [
  ["a subPath is a key", [main], { "/etc/nova/nova.conf": "main" }],
  [
    "a subPath of another name",
    [{ ...main, subPath: "nova-compute.conf" }],
    { "/etc/nova/nova.conf": "compute" },
  ],
  [
    "items rename a key, and keys that none names are no files",
    [
      main,
      {
        mountPath: folder,
        volume: { secret: { secretName: "keys", ...items(["pci", "10-pci.conf"]) } },
      },
    ],
    { "/etc/nova/nova.conf": "main", [`${folder}/10-pci.conf`]: "from a key" },
  ],
  [
    "an item with a folder in its path",
    [
      {
        mountPath: "/etc/nova",
        volume: {
          projected: {
            sources: [
              { secret: { name: "etc", ...items(["nova.conf", "nova.conf"]) } },
              { configMap: { name: "snippets", ...items(["20-more.conf", "nova.conf.d/a.conf"]) } },
            ],
          },
        },
      },
    ],
    { "/etc/nova/nova.conf": "main", [`${folder}/a.conf`]: "twenty" },
  ],
  [
    "a subPath names the path of an item, not the key",
    [
      {
        mountPath: "/etc/nova/nova.conf",
        subPath: "renamed/it.conf",
        volume: { secret: { secretName: "keys", ...items(["pci", "renamed/it.conf"]) } },
      },
    ],
    { "/etc/nova/nova.conf": "from a key" },
  ],
  [
    "a subPath names a folder of the volume",
    [
      {
        mountPath: folder,
        subPath: "conf",
        volume: { configMap: { name: "snippets", ...items(["10-pci.conf", "conf/x.conf"]) } },
      },
    ],
    { [`${folder}/x.conf`]: "ten" },
  ],
  [
    "the later source of a projected volume wins",
    [
      {
        mountPath: `${folder}/`,
        volume: {
          projected: {
            sources: [{ configMap: { name: "snippets" } }, { configMap: { name: "other" } }],
          },
        },
      },
    ],
    { [`${folder}/10-pci.conf`]: "other", [`${folder}/20-more.conf`]: "twenty" },
  ],
  [
    "a Secret and a ConfigMap in one volume, in the order of the volume",
    [
      {
        mountPath: folder,
        volume: {
          projected: {
            sources: [
              { configMap: { name: "snippets", ...items(["20-more.conf", "10-pci.conf"]) } },
              { secret: { name: "keys", ...items(["pci", "10-pci.conf"]) } },
              { secret: { name: "keys", ...items(["auth", "auth.conf"]) } },
            ],
          },
        },
      },
    ],
    { [`${folder}/10-pci.conf`]: "from a key", [`${folder}/auth.conf`]: "password" },
  ],
  [
    "an object or key that is not there, as optional ones",
    [
      main,
      {
        mountPath: folder,
        volume: {
          projected: {
            sources: [
              { configMap: { name: "absent", optional: true } },
              { secret: { name: "keys", optional: true, ...items(["gone", "gone.conf"]) } },
            ],
          },
        },
      },
    ],
    { "/etc/nova/nova.conf": "main" },
  ],
  [
    "our own fragments are not the base, under whatever volume",
    [
      main,
      {
        mountPath: folder,
        volume: {
          projected: {
            sources: [
              { configMap: { name: "other" } },
              { configMap: { name: "nova-pci-compute-0123456789abcdef" } },
              { configMap: { name: "nova-pci-compute" } },
            ],
          },
        },
      },
    ],
    { "/etc/nova/nova.conf": "main", [`${folder}/10-pci.conf`]: "other" },
  ],
];

test.each(table)("%s", (_name, mounts, wanted) => {
  const found = read(mounts);
  expect(found).toEqual(wanted);
  const laid = layFiles({ spec: podOf(mounts) }, (kind, name) => {
    return objects[`${kind === "secrets" ? "Secret" : "ConfigMap"}/${name}`];
  });
  if (laid.is !== "laid") throw new Error(JSON.stringify(laid));
  const base = Object.entries(laid.files["nova-compute"]!).filter(
    ([path]) => path.endsWith(".conf") && !path.endsWith("/95-nova-pci.conf"),
  );
  if (!mounts.some((mount) => mount.subPath === "conf"))
    expect(found).toEqual(Object.fromEntries(base));
});

test("a mount hides what another one has below it, wherever it stands in the list", () => {
  const whole = {
    mountPath: "/etc/nova",
    volume: {
      configMap: {
        name: "snippets",
        ...items(["10-pci.conf", "nova.conf"], ["20-more.conf", "nova.conf.d/x.conf"]),
      },
    },
  };
  const empty = { mountPath: folder, volume: { emptyDir: {} } };
  for (const mounts of [
    [whole, main, empty],
    [empty, main, whole],
  ]) {
    expect(read(mounts)).toEqual({ "/etc/nova/nova.conf": "main" });
  }
});

test("what a pod may start without is known", () => {
  const optional = { name: "absent", optional: true };
  const [container] = containerSpecs(
    podOf([
      { mountPath: folder, volume: { projected: { sources: [{ configMap: optional }] } } },
      { mountPath: "/etc/nova", volume: { secret: { secretName: "etc", optional: false } } },
    ]),
  );
  expect(sourcesOf(container!.mounts)).toEqual([
    { kind: "ConfigMap", name: "absent", optional: true },
    { kind: "Secret", name: "etc" },
  ]);
});

test("only what is mounted at the Nova folder and is not ours is asked for", () => {
  const [container] = containerSpecs(
    podOf([
      main,
      { mountPath: "/run", volume: { secret: { secretName: "tls" } } },
      { mountPath: folder, volume: { configMap: { name: "nova-pci-compute" } } },
    ]),
  );
  expect(sourcesOf(container!.mounts)).toEqual([{ kind: "Secret", name: "etc" }]);
});
