// The machine under test: the operator's own plan. The loop that performs it is the operator's, too.

import { plan } from "../../src/plan/plan.ts";
import type { Machine } from "./one-run.ts";

export const realMachine: Machine = { plan };
