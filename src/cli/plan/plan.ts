// nova-pci plan: what would change, which pods would restart, in which order, and why; for files
// alone, for files against older ones or a cluster, and for a cluster as it is. Changes nothing.

import { dump } from "js-yaml";
import type { FileObject } from "../../api/read-yaml.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { modelContext } from "../../plan/wanted/accept.ts";
import { outcome } from "../../plan/outcome.ts";
import { plan as decide } from "../../plan/plan.ts";
import { settingsOf } from "../../plan/terms/settings.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import { planFace } from "../faces/plan.ts";
import { commandOf } from "../terminal/arguments.ts";
import type { Given } from "../terminal/parse.ts";
import { openCluster, saysNothing } from "../access/cluster-access.ts";
import { noting } from "../access/unread.ts";
import {
  isOurs,
  needOurs,
  nothingLeft,
  printProblems,
  readNamed,
  type Files,
  type Named,
} from "../given/files.ts";
import { installationsOf, type Installation } from "../given/installations.ts";
import { fitted } from "../terminal/lines.ts";
import { widthOf } from "../terminal/screen.ts";
import { exitCodes, type Io } from "../terminal/io.ts";
import { doing, nextStepText } from "./next-step.ts";
import { causesOf } from "./causes.ts";
import { foretell } from "./foretell.ts";
import { installationIn } from "./live.ts";
import { progressOf } from "./progress.ts";
import { summaryOf } from "./summary.ts";
import { printStandIns } from "../played/stand-ins.ts";
import { forecastText, pendingIn, type Forecast } from "./written.ts";

export const command = commandOf(planFace, plan);

type Values = Given<typeof planFace.options>["values"];

async function plan({ values }: Given<typeof planFace.options>, io: Io): Promise<number> {
  const format = values.output;
  const hasFiles = values.filename.length + values.kustomize.length > 0;
  if (!hasFiles) return ofCluster(values, format, io);
  const files = await readNamed(values, io);
  printProblems(files.problems, io);
  const againstCluster =
    values.from.length === 0 &&
    [values.namespace, values.kubeconfig, values.context].some((text) => text !== undefined);
  if (values.from.length === 0) needOurs(files);
  if (nothingLeft(files)) return exitCodes.finding;
  const pairs = againstCluster
    ? [await overCluster(files, values, io)]
    : await pairsOf(
        files,
        { filename: values.from, recursive: values.recursive },
        values.namespace,
        io,
      );
  const forecasts: Forecast[] = [];
  for (const { now, old } of pairs) forecasts.push(await forecast(now, old, io));
  io.stdout(
    format === "text"
      ? fitted(forecasts.map(forecastText).join("\n"), widthOf(io))
      : structured(forecasts, format),
  );
  for (const note of files.notes) io.stderr(`${note}\n`);
  const wrong = forecasts.some(
    (item) => !item.ended || item.pending.length + item.refused.length > 0,
  );
  if (files.problems.length > 0 || wrong) return exitCodes.finding;
  const changes = forecasts.some((item) => item.summary.rows.length > 0);
  return values["exit-code"] && changes ? exitCodes.changes : exitCodes.fine;
}

type Pair = { readonly now: Installation; readonly old: Installation | undefined };

/** Namespaces of either side; one that is only in the old files loses all its objects. */
async function pairsOf(
  files: Files,
  from: Named,
  namespace: string | undefined,
  io: Io,
): Promise<readonly Pair[]> {
  if (from.filename.length === 0)
    return installationsOf(files.objects, namespace).map((now) => ({ now, old: undefined }));
  const before = await readNamed(from, io);
  printProblems(before.problems, io);
  const old = installationsOf(before.objects, namespace);
  const now = installationsOf(files.objects, namespace);
  const names = [...new Set([...old, ...now].map((installation) => installation.namespace))].sort();
  const none = (name: string): Installation => ({ namespace: name, objects: [] });
  return names.map((name) => ({
    now: now.find((installation) => installation.namespace === name) ?? none(name),
    old: old.find((installation) => installation.namespace === name) ?? none(name),
  }));
}

/** The objects of the files put over those of the cluster; nothing is taken away. */
async function overCluster(files: Files, values: Values, io: Io): Promise<Pair> {
  const cluster = await openCluster(values, { told: noting(io) });
  try {
    const old = installationIn(await cluster.observe(emptyAsk));
    const [given] = installationsOf(files.objects.filter(isOurs), old.namespace);
    const key = (object: FileObject): string => `${object.kind}/${object.name}`;
    const named = new Set((given?.objects ?? []).map(key));
    const kept = old.objects.filter((object) => !named.has(key(object)));
    return { old, now: { ...old, objects: [...kept, ...(given?.objects ?? [])] } };
  } finally {
    await cluster.close();
  }
}

async function forecast(
  now: Installation,
  old: Installation | undefined,
  io: Io,
): Promise<Forecast> {
  const count = [...now.objects, ...(old?.objects ?? [])].filter(
    (object) => object.kind === "Node",
  ).length;
  const progress = progressOf(count, io);
  printStandIns({ ...now, objects: [...now.objects, ...(old?.objects ?? [])] }, "everything", io);
  const told = await foretell(now, old, { passed: progress });
  const settings = settingsOf(told.seen);
  const objects = [...(old?.objects ?? []), ...now.objects].filter(isOurs);
  const causes = causesOf(objects, modelContext(settings));
  return {
    namespace: now.namespace,
    summary: summaryOf(told, causes, settings.rollout),
    ended: told.ended,
    pending: pendingIn(told.cluster),
    refused: refusalsIn(told.seen),
  };
}

function refusalsIn(seen: Snapshot): Forecast["refused"] {
  return outcome(seen).verdicts.flatMap((verdict) =>
    verdict.rejections.map((rejection) => ({
      object: `${verdict.kind}/${verdict.name}`,
      reason: rejection.reason,
      message: `${rejection.path}: ${rejection.message}`,
    })),
  );
}

async function ofCluster(values: Values, format: string, io: Io): Promise<number> {
  const cluster = await openCluster(values, { told: noting(io) });
  try {
    const seen = await cluster.observe(emptyAsk);
    saysNothing(seen, cluster.elsewhere(), io);
    const made = decide(seen);
    io.stdout(format === "text" ? nextStepText(made, seen, widthOf(io)) : structured(made, format));
    return values["exit-code"] && doing(made).length > 0 ? exitCodes.changes : exitCodes.fine;
  } finally {
    await cluster.close();
  }
}

function structured(value: unknown, format: string): string {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return dump(JSON.parse(JSON.stringify(value)) as object, { lineWidth: 120 });
}
