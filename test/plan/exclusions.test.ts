// What subtracts fails closed: an exclusion that cannot be kept is refused, with the form that works.
import { expect, test } from "@jest/globals";
import { inForce } from "../../src/plan/wanted/exclusions.ts";
import { installation, setStage } from "../support/stage.ts";

const vf = "vendorId: '8086', productId: '1889'";
const excluded = "exclude: [{ address: '0000:19:02.0' }]";

type Told = {
  readonly conditions: readonly { readonly type: string; readonly message: string }[];
  readonly warnings: readonly { readonly name: string; readonly message: string }[];
};

test.each([
  ["the address of their PF", "address: '0000:19:00.0'", "False ExclusionIneffective"],
  [
    "the address of their PF as an expression",
    "addressRegex: { domain: '0000', bus: '19', slot: '00', function: '0' }",
    "False ExclusionIneffective",
  ],
  ["a device name", "devname: 'ens1f0'", "False ExclusionIneffective"],
  ["their own addresses", "address: '0000:19:*.*'", "True Live"],
  ["an expression", "addressRegex: { bus: '19' }", "True Live"],
])("VFs written by %s", async (_name, where, ready) => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "vfs", `{ devices: [{ ${vf}, ${where} }], ${excluded} }`);
  await stage.pass(900);
  expect(stage.ready("PciWhitelist", "vfs")).toBe(ready);
  if (ready === "True Live") return;
  const { conditions } = stage.cluster.store.get("PciWhitelist", "vfs")!.status as Told;
  expect(conditions.find((condition) => condition.type === "Accepted")!.message).toContain(
    "addressRegex",
  );
  expect(stage.text("c1")).toBe("");
});

test("an exclusion that leaves nothing out is told", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply(
    "PciWhitelist",
    "vfs",
    `{ devices: [{ ${vf}, address: '0000:91:*.*' }], ${excluded} }`,
  );
  await stage.pass(900);
  const { warnings } = stage.cluster.store.get("PciWhitelist", "vfs")!.status as Told;
  expect(warnings).toContainEqual(expect.objectContaining({ name: "ExclusionIneffective" }));
});

test("an exclusion ends at its time, as if it had been removed, and says so until it is removed", async () => {
  const stage = await setStage({ nodes: ["c1"] });
  const until = new Date(stage.cluster.clock.now() + 3_600_000).toISOString();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply(
    "PciWhitelist",
    "vfs",
    `{ devices: [{ ${vf}, address: '0000:19:*.*' }],
       exclude: [{ address: '0000:19:02.0', until: '${until}', reason: 'ECC errors' },
                 { address: '0000:19:03.0' }] }`,
  );
  await stage.pass(3500);
  expect(stage.restarts()).toHaveLength(1);
  expect(stage.text("c1")).toContain('"slot":"0[23]","function":"[1-7]"');
  const { warnings: before } = stage.cluster.store.get("PciWhitelist", "vfs")!.status as Told;
  expect(before).toEqual([]);
  // As when somebody edits it: what is new is added first, and what it replaces goes after its grace.
  await stage.pass(900);
  expect(stage.restarts()).toHaveLength(2);
  expect(stage.text("c1")).toContain('"slot":"03","function":"[1-7]"');
  expect(stage.ready("PciWhitelist", "vfs")).toBe("True Live");
  const { warnings } = stage.cluster.store.get("PciWhitelist", "vfs")!.status as Told;
  expect(warnings).toEqual([
    {
      name: "ExclusionEnded",
      message: `ended at ${until}, and 0000:19:02.0 is offered again: remove this exclusion`,
      path: "spec.exclude[0].until",
    },
  ]);
  await stage.pass(7200);
  expect(stage.restarts()).toEqual([]);
});

test("a time that is none never comes: the device stays out", () => {
  const spec = { devices: [], exclude: [{ address: "0000:19:02.0", until: "when it works" }] };
  expect(inForce(spec, Number.MAX_SAFE_INTEGER)).toBe(spec);
});
