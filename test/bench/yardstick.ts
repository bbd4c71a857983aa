// The yardstick beside the operator: a process of the minimal controller-runtime program, on the
// same API server, while the operator rests.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { until } from "../control-plane/processes.ts";
import { builtTool } from "../release/tools.ts";
import type { Cloud } from "./cloud.ts";

type Yardstick = {
  readonly stop: () => Promise<void>;
  /** The most memory it ever had, known when it was stopped. */
  readonly peakBytes: number;
};

/** Running, and done with what was there before. */
export async function startYardstick(cloud: Cloud): Promise<Yardstick> {
  const { plane, namespace } = cloud;
  const args = ["--kubeconfig", plane.kubeconfig, "--namespace", namespace];
  const child = spawn(builtTool("yardstick"), args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-2000)));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const killed = (): void => void child.kill("SIGKILL");
  process.once("exit", killed);
  const made = async (): Promise<number> => {
    if (child.exitCode !== null) throw new Error(`the yardstick ended: ${said}`);
    const maps = await plane.list(`/api/v1/namespaces/${namespace}/configmaps`);
    return maps.filter((map) => String(map.metadata.name).startsWith("yardstick-")).length;
  };
  let last = -1;
  await until(
    "the yardstick to have written what is there",
    async () => {
      const now = await made();
      const rests = now > 0 && now === last;
      last = now;
      return rests;
    },
    { seconds: 300, everyMillis: 2000 },
  );
  let peakBytes = 0;
  return {
    stop: async () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
      process.off("exit", killed);
      child.kill("SIGTERM");
      await ended;
    },
    get peakBytes() {
      return peakBytes;
    },
  };
}
