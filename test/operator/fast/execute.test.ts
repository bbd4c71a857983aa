// What a failure in the middle of a plan lets stand.
import { expect, test } from "@jest/globals";
import { Failure, type FailureKind } from "../../../src/api/failure.ts";
import { NotLeading } from "../../../src/cluster/wire/not-leading.ts";
import { execute } from "../../../src/operator/execute.ts";
import type { Effect } from "../../../src/plan/plan.ts";
import { emptyState } from "../../../src/plan/terms/state.ts";

const about = { kind: "PciAlias", name: "a", uid: "u" };
const effects: readonly Effect[] = [
  { do: "write-state", state: emptyState },
  { do: "create-fragment", name: "f", service: "api", text: "", digest: "" },
  { do: "delete-fragment", name: "old", uid: "u" },
  { do: "remove-pod", name: "p", uid: "u", by: "delete", why: "" },
  { do: "delete-extra-spec", flavorId: "1", key: "k" },
  { do: "delete-flavor", flavorId: "1" },
  { do: "delete-flavor", flavorId: "2" },
  { do: "status", kind: "PciAlias", name: "a", uid: "u", status: {} },
  { do: "event", about, type: "Normal", reason: "R", message: "m" },
];

async function performed(failing: number, kind: FailureKind) {
  const done: string[] = [];
  const failure = await execute({ effects }, (effect) => {
    const index = effects.indexOf(effect);
    if (index === failing) return Promise.reject(new Failure(kind, "no"));
    done.push(`${index} ${effect.do}`);
    return Promise.resolve();
  });
  return { done: done.map((text) => Number(text.split(" ")[0])), failed: failure !== undefined };
}

test.each<[string, number, FailureKind, readonly number[], boolean]>([
  ["nothing", -1, "refused", [0, 1, 2, 3, 4, 5, 6, 7, 8], false],
  ["the state, because somebody was first", 0, "conflict", [], true],
  ["the state, and nobody knows whether it is written", 0, "unreachable", [], true],
  ["the state, because it is refused", 0, "refused", [7, 8], true],
  ["a fragment", 1, "refused", [0, 7, 8], true],
  ["a fragment that is still named", 2, "conflict", [0, 1, 3, 4, 5, 6, 7, 8], false],
  ["a pod", 3, "throttled", [0, 1, 2, 7, 8], true],
  ["a flavor that Nova refuses", 4, "refused", [0, 1, 2, 3, 6, 7, 8], true],
  ["a cloud that does not answer", 4, "unreachable", [0, 1, 2, 3, 7, 8], true],
  ["a status", 7, "refused", [0, 1, 2, 3, 4, 5, 6, 8], true],
])("when it fails at %s", async (_name, failing, kind, done, failed) => {
  expect(await performed(failing, kind)).toEqual({ done, failed });
});

test("the state that somebody else wrote first again and again is told all the same", async () => {
  const done: string[] = [];
  const perform = (effect: Effect): Promise<void> => {
    if (effect.do === "write-state") return Promise.reject(new Failure("conflict", "no"));
    done.push(effect.do);
    return Promise.resolve();
  };
  await execute({ effects }, perform, { tellAnyway: true });
  expect(done).toEqual(["status", "event"]);
});

test("an error that is no Failure is a bug and ends it", async () => {
  const bug = new TypeError("x is not a function");
  await expect(execute({ effects }, () => Promise.reject(bug))).rejects.toBe(bug);
});

test("who does not lead any more hears it once", async () => {
  const told: string[] = [];
  let asked = 0;
  const fallen = (): Promise<void> => {
    asked += 1;
    return Promise.reject(new NotLeading());
  };
  const statuses = Array.from({ length: 1000 }, () => effects[7]!);
  const failure = await execute({ effects: statuses }, fallen, {
    told: (executed) => void told.push(executed.effect.do),
    lanes: 8,
  });
  expect({ told, few: asked <= 8, failure }).toEqual({
    told: [],
    few: true,
    failure: expect.any(NotLeading),
  });
});

test("statuses go side by side, after everything else; Events after them", async () => {
  const began: string[] = [];
  const ended: string[] = [];
  let beside = 0;
  let most = 0;
  const many = [...effects.slice(0, 2), effects[7]!, effects[7]!, effects[7]!, effects[8]!];
  await execute(
    { effects: many },
    async (effect) => {
      began.push(effect.do);
      beside += 1;
      most = Math.max(most, beside);
      await new Promise((resolve) => setImmediate(resolve));
      beside -= 1;
      ended.push(effect.do);
    },
    { lanes: 2 },
  );
  expect(most).toBe(2);
  expect(began).toEqual(many.map((effect) => effect.do));
  expect(ended).toEqual(began);
});
