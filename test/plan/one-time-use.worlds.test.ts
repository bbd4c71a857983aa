// Devices that are wiped between tenants need a nova-compute that reports to Placement: it is told that
// alone and first, whatever else the node offers.
import { expect, test } from "@jest/globals";
import { setStage, type Stage } from "../support/stage.ts";

const wiped = "{ vendorId: '144d', productId: 'a80a', oneTimeUse: true }";
const plain = "{ vendorId: '10de', productId: '2330' }";
const installation = (place: string): string =>
  `{ adopt: true, release: '34.0.0', placement: ${place} }`;
const reports = "{ reportInPlacement: true }";

/** What the node was told, one text after the other. */
async function told(stage: Stage, node: string, seconds: number): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await stage.pass(1);
    const text = stage.text(node);
    if (text !== texts.at(-1) && text !== "") texts.push(text);
  }
  return texts.map((text) =>
    text
      .split("\n")
      .flatMap(
        (line) => /^(report_in_placement|device_spec).*?(one_time_use)?/.exec(line)?.[1] ?? [],
      )
      .sort()
      .join(" "),
  );
}

const report = "report_in_placement";
test.each([
  ["only such devices", [wiped], [report, `device_spec ${report}`]],
  ["others too", [plain, wiped], [report, `device_spec device_spec ${report}`]],
  ["others alone", [plain], ["device_spec", `device_spec ${report}`]],
])("a node with %s", async (_name, devices, texts) => {
  const stage = await setStage({ nodes: ["c1"], microversion: "2.104" });
  stage.apply("PciPassthrough", "nova", installation(reports));
  const [ids] = /vendorId: '\w+', productId: '\w+'/.exec(devices.at(-1)!)!;
  stage.apply("PciAlias", "nvme", `{ match: [{ ${ids} }] }`);
  stage.apply("PciWhitelist", "nvme", `{ devices: [${devices.join(", ")}] }`);
  expect(await told(stage, "c1", 1800)).toEqual(texts);
  expect(stage.ready("PciWhitelist", "nvme")).toBe("True Live");
  expect(stage.ready("PciAlias", "nvme")).toBe("True Live");
  expect(stage.restarts().filter((restart) => restart.endsWith("c1"))).toHaveLength(texts.length);
});

test("beside a node with ordinary devices, and with PCI in Placement", async () => {
  const stage = await setStage({ nodes: ["c1", "c2"], microversion: "2.104" });
  stage.label("c2", { wiped: "no" });
  stage.apply(
    "PciPassthrough",
    "nova",
    installation("{ reportInPlacement: true, pciInPlacement: true }"),
  );
  stage.apply("PciAlias", "nvme", "{ match: [{ vendorId: '144d', productId: 'a80a' }] }");
  stage.apply(
    "PciWhitelist",
    "nvme",
    `{ nodeSelector: { matchExpressions: [{ key: wiped, operator: DoesNotExist }] }, devices: [${wiped}] }`,
  );
  stage.apply(
    "PciWhitelist",
    "gpus",
    `{ nodeSelector: { matchLabels: { wiped: 'no' } }, devices: [${plain}] }`,
  );
  await stage.pass(3600);
  for (const name of ["nvme", "gpus"]) expect(stage.ready("PciWhitelist", name)).toBe("True Live");
  expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  expect(stage.waits()).toEqual([]);
});

type Dies = readonly [phase: string, when: string];
const dies: readonly Dies[] = [
  ["replacing", "while its old pod ends"],
  ["verifying", "before it has reported"],
];

/** Told to report alone, c1 dies; it is halted as any node that nothing can be seen of. */
async function dead(phase: string): Promise<Stage> {
  const stage = await setStage({ microversion: "2.104" });
  stage.apply("PciPassthrough", "nova", installation(reports));
  stage.apply("PciWhitelist", "nvme", `{ devices: [${wiped}] }`);
  await stage.pass(1);
  const phaseOf = () => {
    const { state } = stage.last().seen;
    return state.is === "read" ? state.state.nodes["c1"]?.phase : undefined;
  };
  for (let steps = 0; steps < 4000 && phaseOf() !== phase; steps += 1) await stage.pass(0.05);
  expect(phaseOf()).toBe(phase);
  stage.cluster.kubelets.kill("c1");
  await stage.pass(1500);
  expect(stage.text("c1")).toBe("[pci]\nreport_in_placement = true\n");
  expect(stage.waits()).toContain("Lost");
  return stage;
}

test.each(dies)(
  "a node that dies when it is told to report (%s, %s) goes on when it returns",
  async (phase) => {
    const stage = await dead(phase);
    stage.cluster.kubelets.revive("c1");
    await stage.pass(2400);
    for (const node of ["c1", "c2", "c3"]) expect(stage.text(node)).toContain("one_time_use");
    expect(stage.ready("PciWhitelist", "nvme")).toBe("True Live");
    expect(stage.waits()).toEqual([]);
  },
);

test.each(dies)("or (%s, %s) is passed over by what is wanted next", async (phase) => {
  const stage = await dead(phase);
  stage.apply("PciWhitelist", "more", `{ devices: [${plain}] }`);
  await stage.pass(3600);
  for (const node of ["c2", "c3"])
    expect(stage.text(node)).toMatch(/one_time_use[^]*2330|2330[^]*one_time_use/);
});
