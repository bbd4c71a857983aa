// Releases as a stranger gets them: made by the one command, pushed to a real registry on loopback,
// from where the kubelets pull the image. `older` and `newer` are of one commit, under two names.
import { dirname, join } from "node:path";
import { until } from "../control-plane/processes.ts";
import { registryCommand } from "../release/registry.ts";
import { registryHost, root, type Folders } from "./layout.ts";
import { run, start } from "./processes.ts";

export const versions = { older: "0.9.1", newer: "0.9.2" } as const;

export type Releases = {
  /** A file of the release, by its name. */
  readonly file: (version: string, name: string) => string;
  /** What `helm` installs from. */
  readonly chart: string;
  readonly helm: (args: readonly string[], kubeconfig: string) => Promise<string>;
  /** A command line of the documents, in the folder of a release, with nothing but kubectl and helm. */
  readonly shell: (version: string, line: string, kubeconfig: string) => Promise<string>;
};

export type ReleasePrograms = {
  readonly registry: string;
  readonly helm: string;
  readonly kubectl: string;
};

export async function makeReleases(programs: ReleasePrograms, where: Folders): Promise<Releases> {
  const { command, env } = registryCommand(programs.registry, where.releases, registryHost);
  start("registry", join(where.logs, "registry.log"), command, { env });
  await until("the registry", async () => (await fetch(`http://${registryHost}/v2/`)).ok);
  for (const version of Object.values(versions))
    await run(
      process.execPath,
      [
        ...["--no-warnings", join(root, "deploy/release/run.ts"), "--push"],
        ...["--image", `${registryHost}/team/nova-pci-operator`],
        ...["--version", version, "--out", join(where.releases, version)],
      ],
      { env: { KUBECTL: programs.kubectl } },
    );
  return releasesIn(programs, where);
}

export function releasesIn(programs: ReleasePrograms, where: Folders): Releases {
  const folder = (version: string): string => join(where.releases, version);
  return {
    file: (version, name) => join(folder(version), name),
    chart: `oci://${registryHost}/team/charts/nova-pci-operator`,
    helm: (args, kubeconfig) =>
      run(programs.helm, args, {
        env: { KUBECONFIG: kubeconfig, HELM_CACHE_HOME: join(where.releases, "helm") },
      }),
    shell: (version, line, kubeconfig) =>
      run("sh", ["-c", line], {
        cwd: folder(version),
        env: {
          KUBECONFIG: kubeconfig,
          HELM_CACHE_HOME: join(where.releases, "helm"),
          PATH: [programs.kubectl, programs.helm].map(dirname).concat("/usr/bin", "/bin").join(":"),
        },
      }),
  };
}
