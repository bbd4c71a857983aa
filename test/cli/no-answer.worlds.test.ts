// Commands that look at a cluster, and the ways in which there is no answer: one plain sentence with
// what to do, an exit code that scripts can tell apart, and never "none" for what is not known.

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCluster } from "../../src/cli/access/cluster-access.ts";
import { emptyAsk } from "../../src/operator/loop.ts";
import { openPage } from "../../src/cli/ui.ts";
import type { Io } from "../../src/cli/terminal/io.ts";
import { loadCommand, type CommandName } from "../../src/cli/commands.ts";
import { startStandInApi, type Served, type StandInApi } from "./stand-in-api.ts";
import { runCommand } from "./texts-io.ts";

const meta = (name: string) => ({
  ...{ name, namespace: "openstack", uid: name, resourceVersion: "1", generation: 1 },
  creationTimestamp: "2026-01-01T00:00:00Z",
});
const card = { vendorId: "10de", productId: "20b2" };
const plurals = ["pcialiases", "pciwhitelists", "pciflavors", "pcipassthroughs"];
const lists = {
  pcipassthroughs: [{ metadata: meta("nova"), spec: { adopt: true } }],
  pcialiases: [{ metadata: meta("gpu"), spec: { match: [card], deviceType: "type-PF" } }],
  pciwhitelists: [{ metadata: meta("gpus"), spec: { devices: [card] } }],
  nodes: [{ metadata: { name: "n1", labels: {} } }],
  namespaces: ["openstack", "empty"].map((name) => ({ metadata: { name, labels: {} } })),
  customresourcedefinitions: plurals.map((plural) => ({
    metadata: { name: `${plural}.pci.openstack.org`, uid: plural },
  })),
};

const commands: Readonly<Record<string, readonly [CommandName, ...string[]]>> = {
  status: ["status"],
  nodes: ["nodes"],
  explain: ["explain", "alias/gpu"],
  plan: ["plan"],
  cordon: ["cordon", "n1", "0000:3b:00.0", "--patch"],
  ui: ["ui"],
};
const all = Object.keys(commands);
const readers = ["nodes", "explain", "plan", "ui"];

const admission = [
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingwebhookconfigurations",
];

type Row = {
  readonly served?: Partial<Served>;
  readonly args?: readonly string[];
  /** Commands -> exit code and what is said. */
  readonly answers: readonly (readonly [readonly string[], number, RegExp])[];
};

const refusing = (status: 401 | 403 | 404 | 503, ...names: readonly string[]): Partial<Served> => ({
  refused: Object.fromEntries(names.map((name) => [name, status])),
});

const rows: Readonly<Record<string, Row>> = {
  "no CRDs": {
    served: refusing(404, ...plurals, "customresourcedefinitions"),
    answers: [[all, 3, /the cluster does not know .*: install the CRDs \(kubectl apply/]],
  },
  "no CRDs, no namespace named": {
    served: refusing(404, ...plurals, "customresourcedefinitions"),
    args: [],
    answers: [[all, 3, /the cluster does not know .*: install the CRDs/]],
  },
  "one kind may not be read": {
    served: refusing(403, "pcialiases"),
    answers: [
      [
        ["status", ...readers],
        3,
        /unknown, because you may not list pcialiases\S* .*nova-pci-view/,
      ],
      [["cordon"], 0, /patch pciwhitelist gpus/],
    ],
  },
  "a namespace's viewer, who may read nothing of the cluster": {
    served: refusing(403, "customresourcedefinitions", "nodes", "namespaces", "secrets"),
    answers: [
      [["status"], 1, /PciAlias\/gpu +\? +no status yet/],
      [
        readers,
        3,
        /unknown, because you may not list nodes in all namespaces, get namespaces in openstack: ask/,
      ],
      [["cordon"], 3, /right is missing, ask for it: .*forbidden/],
    ],
  },
  "a viewer, who may read neither CRDs nor what belongs to admission nor Secrets": {
    served: {
      lists: { ...lists, ...Object.fromEntries(admission.map((text) => [text, []])) },
      ...refusing(403, "customresourcedefinitions", ...admission, "secrets"),
    },
    answers: [
      [["nodes"], 0, /no compute node[^]*note: you may not read the injection policy/],
      [["plan"], 0, /waits: the namespace is not labelled for injection[^]*note: you may not read/],
      [["explain"], 1, /CHECK[^]*broken at[^]*note: you may not read the injection policy/],
      [["status"], 1, /no status yet/],
    ],
  },
  "a viewer, where a kind is not installed": {
    served: {
      refused: { ...refusing(403, "customresourcedefinitions").refused, pciflavors: 404 },
    },
    answers: [[readers, 3, /the cluster does not know PciFlavor: install the CRDs/]],
  },
  "nodes may not be read": {
    served: refusing(403, "nodes"),
    answers: [
      [readers, 3, /unknown, because you may not list nodes in all namespaces: ask for that right/],
      [["cordon"], 3, /a right is missing, ask for it: .*nodes is forbidden/],
      [["status"], 1, /no status yet/],
    ],
  },
  "pods may not be read": {
    served: refusing(403, "pods"),
    answers: [[readers, 3, /unknown, because you may not list pods in openstack/]],
  },
  "nothing may be read": {
    served: refusing(403, "*"),
    answers: [
      [["status"], 3, /unknown, because you may not list pcialiases/],
      [[...readers, "cordon"], 3, /a right is missing, ask for it|unknown, because you may not/],
    ],
  },
  "nothing may be read, no namespace named": {
    served: refusing(403, "*"),
    args: [],
    answers: [
      [
        ["status", ...readers],
        3,
        /unknown, because you may not list pcialiases\S* in all namespaces/,
      ],
    ],
  },
  "the token has expired": {
    served: refusing(401, "*"),
    answers: [[all, 3, /does not accept the credentials of the kubeconfig .*: log in again/]],
  },
  "the API server is there and cannot answer": {
    served: refusing(503, "*"),
    answers: [[all, 3, /^nova-pci \w+: http:\S+ gives no answer \(.*\): try again, or choose/]],
  },
  "the namespace is misspelt": {
    args: ["-n", "opensatck"],
    answers: [
      [
        ["status", ...readers],
        2,
        /-n opensatck: there is no such namespace, did you mean openstack\?/,
      ],
      [["cordon"], 3, /namespaces "opensatck" not found/],
    ],
  },
  "the namespace has nothing of ours": {
    args: ["-n", "empty"],
    answers: [
      [["status"], 1, /namespace empty has no PciPassthrough, .*; there are some in openstack/],
      [
        ["plan", "nodes"],
        0,
        /namespace empty has no PciPassthrough, .*; there are some in openstack/,
      ],
      [["explain"], 1, /namespace empty has no PciPassthrough[^]*there is no alias "gpu"/],
      [["cordon"], 1, /no PciWhitelist offers 0000:3b:00.0 on n1/],
    ],
  },
};

let api: StandInApi;
let folder: string;
beforeAll(async () => {
  api = await startStandInApi();
  folder = await mkdtemp(join(tmpdir(), "nova-pci-kubeconfig-"));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function ask(name: string, args: readonly string[]): Promise<readonly [number, string]> {
  const [command, ...own] = commands[name]!;
  const ran = await runCommand(await loadCommand(command), [...own, ...args]);
  const said = `${ran.stdout}${ran.stderr}`;
  expect(said).not.toMatch(/\n\s+at |node:internal|undefined|a-token-that-nobody/);
  return [ran.exit, said];
}

describe.each(Object.entries(rows))(
  "%s",
  (_, { served = {}, args = ["-n", "openstack"], answers }) => {
    const each = answers.flatMap(([names, ...answer]) =>
      names.map((name) => [name, ...answer] as const),
    );
    test.each(each)("%s: %i, %s", async (name, exit, said) => {
      api.serve({ lists, ...served });
      expect(await ask(name, [...args, "--kubeconfig", api.kubeconfig])).toEqual([
        exit,
        expect.stringMatching(said),
      ]);
    });
  },
);

/** Rights of nova-pci-view in the cluster: no CRDs, nothing of admission, no Secret. */
const viewed: Served = {
  lists: {
    ...{ ...lists, ...Object.fromEntries(admission.map((text) => [text, []])) },
    pciflavors: [
      {
        metadata: { ...meta("g1"), finalizers: ["pci.openstack.org/flavor"] },
        spec: { flavor: { name: "g1" }, aliases: [{ name: "gpu", count: 1 }] },
      },
    ],
  },
  ...refusing(403, "customresourcedefinitions", ...admission, "secrets"),
};

describe("a viewer without the Secret of the cloud", () => {
  test("is told that Nova was not asked, and not that the operator lacks a right", async () => {
    api.serve(viewed);
    const cluster = await openCluster({ namespace: "openstack", kubeconfig: api.kubeconfig });
    const { cloud } = await cluster.observe(emptyAsk).finally(() => cluster.close());
    expect(cloud).toMatchObject({
      is: "no-credentials",
      message:
        "you may not get the Secret with the credentials of the cloud in openstack, so Nova was not asked",
    });
  });

  test("plays files over the cluster, and is told what only Nova knows", async () => {
    api.serve(viewed);
    const files = {
      "more.yaml": `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: others }
spec: { devices: [{ vendorId: "10de", productId: "20b5" }] }
`,
    };
    const where = ["-n", "openstack", "--kubeconfig", api.kubeconfig];
    const ran = await runCommand(await loadCommand("plan"), ["-f", "more.yaml", ...where], files);
    expect(ran.stdout).toMatch(/^Namespace openstack\n1 restart: nova-compute 1 on 1 of 1 nodes/);
    expect(ran.stdout).toMatch(
      /because of PciWhitelist\/others spec\.devices\[0\] \(more\.yaml:4\)/,
    );
    expect(ran.stderr).toMatch(/^Nova was not asked whether it has flavor g1, which is taken/m);
    expect(ran.stdout).not.toMatch(/Never Ready|Nova has no flavor/);
    expect(ran.stderr).toContain("No workload of Nova is found in namespace openstack");
    expect(ran.stderr).toMatch(/^note: you may not read the injection policy and its guard/);
    expect(ran.exit).toBe(0);
  });

  test("is shown the page", async () => {
    api.serve(viewed);
    const said: string[] = [];
    const io = { stderr: (text: string) => void said.push(text) } as Io;
    const shown = await openPage(["-n", "openstack", "--kubeconfig", api.kubeconfig], io);
    try {
      expect(said.join("")).toMatch(/^note: you may not read the injection policy and its guard/);
      expect((await fetch(shown.server.url)).status).toBe(200);
    } finally {
      await shown.close();
    }
  });
});

const kubeconfigs: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  "that is empty": ["", /is not a kubeconfig/],
  "that is not YAML": [": [ bad {", /is not a kubeconfig \([^\n]*\); set KUBECONFIG/],
  "that is a list": ["[]", /names no current-context: name one with --context/],
  "whose server is away": [
    `clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: u, user: { token: a-token-that-nobody-should-print } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
current-context: c
`,
    /https:\/\/127\.0\.0\.1:1 gives no answer .*ECONNREFUSED.*: try again, or choose another cluster/,
  ],
};

describe.each(Object.entries(kubeconfigs))("a kubeconfig %s", (title, [text, said]) => {
  test.each(all)("%s", async (name) => {
    const file = join(folder, title.replaceAll(" ", "-"));
    await writeFile(file, text);
    expect(await ask(name, ["-n", "openstack", "--kubeconfig", file])).toEqual([
      3,
      expect.stringMatching(said),
    ]);
  });
});

test.each(all)("%s, a kubeconfig that is not there", async (name) => {
  const told = await ask(name, ["-n", "openstack", "--kubeconfig", join(folder, "none")]);
  expect(told).toEqual([3, expect.stringMatching(/no such file; set KUBECONFIG, or name a file/)]);
});

test.each(all)("%s, a context that the kubeconfig does not have", async (name) => {
  const told = await ask(name, ["--kubeconfig", api.kubeconfig, "--context", "nope"]);
  expect(told).toEqual([3, expect.stringMatching(/no context "nope": name one .* it has c/)]);
});
