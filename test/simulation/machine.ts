// The machine under test: the operator's own plan and execute.

import { execute } from "../../src/operator/execute.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Machine } from "./one-run.ts";

export const realMachine: Machine = { plan, execute };
