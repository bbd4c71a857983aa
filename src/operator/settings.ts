// Settings of the process: flags and environment as one frozen value. What it does to a cloud is
// not here: that stands in the PciPassthrough of each namespace.

import { hostname } from "node:os";
import { didYouMean } from "../api/nearest-name.ts";
import {
  metricsPort,
  operatorName,
  operatorNamespace,
  probesPort,
  webhookPort,
} from "../api/names.ts";

export type Settings = {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Where the Lease is. */
  readonly namespace: string;
  readonly leaseName: string;
  readonly identity: string;
  readonly leaderElection: boolean;
  /** Address and port; port 0 = not served. */
  readonly metrics: Address;
  readonly probes: Address;
  /** Metrics have a series for each node. */
  readonly nodeMetrics: boolean;
  readonly webhook: Address;
  readonly logLevel: LogLevel;
};

export type Address = { readonly host: string; readonly port: number };

const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** One flag: what it takes and what it means, for `--help`. */
export const flags = {
  "--kubeconfig": {
    value: "FILE",
    says: "kubeconfig; absent = KUBECONFIG, ~/.kube/config or the ServiceAccount",
  },
  "--context": { value: "NAME", says: "context of the kubeconfig" },
  "--namespace": {
    value: "NAMESPACE",
    says: `where the Lease is (POD_NAMESPACE, else ${operatorNamespace})`,
  },
  "--identity": { value: "NAME", says: "name among operators (POD_NAME and a random part)" },
  "--leader-elect": {
    value: "true|false",
    says: "hold a Lease before changing anything (true)",
  },
  "--metrics-bind-address": {
    value: "[HOST]:PORT",
    says: `Prometheus metrics (:${metricsPort}); 0 = none`,
  },
  "--health-probe-bind-address": {
    value: "[HOST]:PORT",
    says: `/healthz and /readyz (:${probesPort}); 0 = none`,
  },
  "--node-metrics": {
    value: "true|false",
    says: "a series for each node in metrics of devices (true)",
  },
  "--webhook-bind-address": {
    value: "[HOST]:PORT",
    says: `the webhook of deploy/webhook, :${webhookPort} in its Pods (0 = none)`,
  },
  "--log-level": { value: logLevels.join("|"), says: "(info)" },
} as const;
type Flag = keyof typeof flags;

type SettingsProblem = { readonly problem: string };

/** Undefined problems = fine. A problem names the flag, what was found and what to write. */
export function settingsFrom(
  args: readonly string[],
  env: Environment,
  randomPart: string,
): Settings | SettingsProblem {
  const given = readFlags(args);
  if ("problem" in given) return given;
  const { values } = given;
  const metrics = addressOf(values["--metrics-bind-address"] ?? `:${metricsPort}`);
  const probes = addressOf(values["--health-probe-bind-address"] ?? `:${probesPort}`);
  if (metrics === undefined) return wrong("--metrics-bind-address", values, "[HOST]:PORT or 0");
  if (probes === undefined) return wrong("--health-probe-bind-address", values, "[HOST]:PORT or 0");
  const webhook = addressOf(values["--webhook-bind-address"] ?? "0");
  if (webhook === undefined) return wrong("--webhook-bind-address", values, "[HOST]:PORT or 0");
  const logLevel = values["--log-level"] ?? "info";
  if (!isLogLevel(logLevel)) return wrong("--log-level", values, logLevels.join(", "));
  const elect = values["--leader-elect"] ?? "true";
  if (elect !== "true" && elect !== "false")
    return wrong("--leader-elect", values, "true or false");
  const perNode = values["--node-metrics"] ?? "true";
  if (perNode !== "true" && perNode !== "false")
    return wrong("--node-metrics", values, "true or false");
  return Object.freeze({
    kubeconfig: values["--kubeconfig"],
    context: values["--context"],
    namespace: values["--namespace"] ?? env["POD_NAMESPACE"] ?? operatorNamespace,
    leaseName: operatorName,
    identity: values["--identity"] ?? `${env["POD_NAME"] ?? hostname()}_${randomPart}`,
    leaderElection: elect === "true",
    metrics,
    probes,
    nodeMetrics: perNode === "true",
    webhook,
    logLevel,
  });
}

type Values = Readonly<Partial<Record<Flag, string>>>;

function readFlags(args: readonly string[]): { readonly values: Values } | SettingsProblem {
  const values: Partial<Record<Flag, string>> = {};
  for (let index = 0; index < args.length; index++) {
    const [name = "", joined] = args[index]!.split(/=(.*)/s, 2);
    if (!(name in flags)) {
      const near = didYouMean(name, Object.keys(flags));
      const advice = near === "" ? `: there is ${Object.keys(flags).join(", ")}` : near;
      return { problem: `there is no option ${name}${advice}` };
    }
    const flag = name as Flag;
    const next = args[index + 1];
    if (joined !== undefined) values[flag] = joined;
    else if (flag === "--leader-elect" && next !== "true" && next !== "false")
      values[flag] = "true";
    else if (next === undefined) return { problem: `${flag} needs a value` };
    else {
      values[flag] = next;
      index += 1;
    }
  }
  return { values };
}

function wrong(flag: Flag, values: Values, write: string): SettingsProblem {
  return { problem: `${flag}: found ${values[flag] ?? "nothing"}, write ${write}` };
}

function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

/** ":8080", "127.0.0.1:8080", "[::1]:8080", or "0" for none. */
function addressOf(text: string): Address | undefined {
  if (text === "0" || text === "") return { host: "", port: 0 };
  const found = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) return undefined;
  return { host: found[1] ?? found[2] ?? "", port };
}
