// Devices and addresses inside the private namespace. No default route: nothing leaves it.
import { writeFileSync } from "node:fs";
import { controlAddress, nodes, serviceAddress } from "./layout.ts";
import { run } from "./processes.ts";

export async function layNetwork(): Promise<void> {
  await run("hostname", ["cloud"]);
  const ip = (...args: string[]) => run("ip", args);
  await ip("link", "set", "lo", "up");
  for (const address of [controlAddress, serviceAddress])
    await ip("addr", "add", `${address}/32`, "dev", "lo");
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  for (const { bridge, address } of nodes) {
    await ip("link", "add", bridge, "type", "bridge");
    await ip("addr", "add", `${address}/24`, "dev", bridge);
    await ip("link", "set", bridge, "up");
  }
}
