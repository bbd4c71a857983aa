// What is too large or too slow for one request, and who is told.
import { describe, expect, test } from "@jest/globals";
import { step } from "../../src/plan/computes/node-step.ts";
import { fragmentEffects, fragmentLimit, sizeGate } from "../../src/plan/gates/delivery.ts";
import type { Line } from "../../src/plan/terms/state.ts";
import { settingsOf } from "../../src/plan/terms/settings.ts";
import { render } from "../../src/plan/wanted/render.ts";
import { gpuDevices, setStage } from "../support/stage.ts";

function linesOf(count: number): readonly Line[] {
  return Array.from({ length: count }, (_, at) => ({
    entry: `device/${at}`,
    section: "pci",
    option: "device_spec",
    value: `{"vendor_id":"8086","product_id":"1592","physical_network":"${"n".repeat(900)}${at}"}`,
  }));
}

describe("a fragment that no ConfigMap can hold", () => {
  test("is a gate with its numbers, and is not written", async () => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
    await stage.pass(60);
    const { seen } = stage.last();
    const small = render("compute", linesOf(900));
    const large = render("compute", linesOf(1100));
    expect(sizeGate(small)).toBeUndefined();
    expect(sizeGate(large)).toEqual({
      gate: "FragmentTooLarge",
      fragment: large.name,
      bytes: large.text.length,
      limit: fragmentLimit,
    });
    const written = fragmentEffects([small, large], {}, seen);
    expect(written).toMatchObject([{ do: "create-fragment", name: small.name }]);
  });
});

describe("a release that sleeps before it ends", () => {
  test.each([
    ["33.0.0", true, 30],
    ["33.0.0", false, undefined],
    ["34.0.0", true, undefined],
    ["31.3.1", true, undefined],
  ])("Nova %s, closed before (%s): the pod gets %s s", async (release, quiesced, seconds) => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '${release}' }`);
    stage.apply("PciWhitelist", "a", gpuDevices);
    await stage.pass(900);
    const { seen } = stage.last();
    const pod = seen.pods.find((row) => row.node === "c1" && row.service === "compute")!;
    const made = step(
      {
        assigned: "nova-pci-compute-0123456789abcdef",
        good: pod.fragment!,
        phase: "replacing",
        since: seen.now,
        assignedAt: seen.now,
        replaces: pod.uid,
        quiesced,
      },
      { node: "c1", pod, going: [], reads: pod.fragment!, disabledByOthers: false },
      {
        seen,
        settings: settingsOf(seen),
        noReplacing: undefined,
        noRollback: undefined,
        evictBudget: () => ({ by: "delete" }),
        expectsInventory: () => false,
      },
    );
    const [effect] = made.effects;
    expect(effect).toMatchObject({ do: "remove-pod", uid: pod.uid });
    expect(effect?.do === "remove-pod" ? effect.graceSeconds : 0).toBe(seconds);
  });
});

describe("a chart that kills before the release has stopped", () => {
  const warned = async (
    releases: string,
    service: "api" | "compute",
    graceSeconds: number | undefined,
  ): Promise<readonly string[]> => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.see((seen) => ({
      ...seen,
      workloads: seen.workloads.map((workload) => {
        if (workload.service !== service) return workload;
        const { graceSeconds: _own, ...rest } = workload;
        return graceSeconds === undefined ? rest : { ...rest, graceSeconds };
      }),
    }));
    stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '${releases}' }`);
    stage.apply("PciWhitelist", "a", gpuDevices);
    await stage.pass(60);
    const { warnings = [] } = stage.status("PciPassthrough", "nova") as {
      readonly warnings?: readonly { readonly name: string; readonly message: string }[];
    };
    return warnings
      .filter((warning) => warning.name === "GraceTooShort")
      .map((warning) => warning.message);
  };

  test.each([
    ["33.0.0", "compute", 30],
    ["33.0.0", "compute", 179],
    ["33.0.0", "api", 30],
    ["34.0.0", "compute", 30],
  ] as const)(
    "Nova %s, %s with %d s: the sentence says what to write",
    async (release, service, seconds) => {
      const [message = ""] = await warned(release, service, seconds);
      expect(message).toContain(`terminationGracePeriodSeconds is ${seconds}`);
      expect(message).toContain(`Nova ${release} may take 180 s`);
      expect(message).toContain("set it to 180 in the chart");
    },
  );

  test.each([
    ["33.0.0", "compute", 180],
    ["33.0.0", "compute", 3600],
    ["34.0.0", "api", 600],
    ["32.0.0", "compute", 30],
    ["26.0.0", "compute", 2],
    ["33.0.0", "compute", undefined],
  ] as const)("Nova %s, %s with %s s: nothing is said", async (release, service, seconds) => {
    expect(await warned(release, service, seconds)).toEqual([]);
  });
});
