// A real registry on loopback: the distribution project's own program, with its blobs in a folder.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What to start; it answers GET /v2/ at `http://HOST` once it serves. */
export function registryCommand(program: string, folder: string, host: string): Command {
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(folder, "registry") } },
    http: { addr: host },
  };
  const file = join(folder, "registry.json");
  writeFileSync(file, JSON.stringify(config));
  return { command: [program, "serve", file], env: { OTEL_TRACES_EXPORTER: "none" } };
}

type Command = {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
};
