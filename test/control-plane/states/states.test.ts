// Every state of policy, webhook, certificate, assignment and namespace on the newest Kubernetes, where
// both ways can be installed at once.
import { afterAll, beforeAll, describe } from "@jest/globals";
import { controlPlaneLane } from "../lane.ts";
import { startControlPlane, type OwnControlPlane } from "../start.ts";
import { applied, shipped } from "../webhook-site.ts";
import { describeStates } from "./judged.ts";

controlPlaneLane("states of the ways into the pod", () => {
  let plane: OwnControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const folder of ["crds", "deploy", "deploy/guard"])
      await applied(plane, ...shipped(folder));
  });
  afterAll(() => plane.stop());

  describe("state", () => {
    describeStates({ plane: () => plane, policyFolder: "deploy/injection" });
  });
});
