// The operator that the tests of a file share, with what is installed for it, on the control plane of
// the run. Each test has a namespace of its own.

import { afterAll, beforeAll } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { installOperatorsPart } from "./cloud-site.ts";
import { startOperatorProcess, thisVersion, type OperatorProcess } from "./operator-process.ts";

/** Started before the first test; a site that outlives a test is stopped by an earlier `afterAll`. */
export function operatorOfTheFile(identity: string): () => ControlPlane {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    operator = await startOperatorProcess(plane, { root: thisVersion, identity });
  });
  afterAll(async () => {
    await operator.end("SIGTERM");
    await plane.stop();
  });
  return () => plane;
}
