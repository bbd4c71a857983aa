// What is wrong with one installation of files: what is refused, what the statuses warn about at
// the settled end, what never becomes Ready although nothing holds it up.

import { conditionOf } from "../../api/statuses.ts";
import { plurals, type Kind } from "../../api/names.ts";
import { didYouMean } from "../../api/nearest-name.ts";
import type { FileObject } from "../../api/read-yaml.ts";
import { outcome } from "../../plan/outcome.ts";
import type { Notice } from "../../plan/wanted/accept.ts";
import { isOurs } from "../given/files.ts";
import type { Installation } from "../given/installations.ts";
import { notAsked, takenAsThere } from "../played/flavors-there.ts";
import { playToEnd, type Played } from "../played/offline.ts";
import type { Grade, LintFinding } from "./finding.ts";
import { gradeOf } from "./rules.ts";

/** A finding that has no place in a file yet. */
type Told = Notice & { readonly object: string; readonly severity: Grade };

export async function judge(installation: Installation): Promise<readonly LintFinding[]> {
  const end = await playToEnd(unhindered(installation));
  const told = [
    ...refused(end),
    ...undeclared(installation.objects),
    ...unasked(installation.objects),
    ...unpinned(installation, end),
    ...warned(end),
  ];
  return placed([...told, ...neverReady(end, told)], installation.objects);
}

/**
 * What a person opens is not what is judged, and nobody waits for a bake time: adopted, not paused,
 * every node at once. What still does not become Ready cannot work.
 */
function unhindered({ namespace, objects }: Installation): Installation {
  const given = objects.find((object) => object.kind === "PciPassthrough");
  const spec = (given?.value.spec ?? {}) as Readonly<Record<string, unknown>>;
  const rollout = {
    ...(spec.rollout as object | undefined),
    paused: false,
    maxUnavailable: "100%",
    canary: { count: 1, bakeSeconds: 0 },
    minReadySeconds: 0,
    settleSeconds: 0,
    removalGraceSeconds: 0,
  };
  const value = { ...given?.value, spec: { ...spec, adopt: true, rollout } };
  const made: FileObject = {
    file: "",
    line: 1,
    kind: "PciPassthrough",
    name: "nova",
    at: () => ({ line: 1, column: 1, endLine: 1, endColumn: 1 }),
    ...given,
    value,
  };
  return { namespace, objects: [...objects.filter((object) => object !== given), made] };
}

function refused({ seen }: Played): readonly Told[] {
  return outcome(seen).verdicts.flatMap((verdict) =>
    verdict.rejections.map((rejection) => ({
      ...rejection,
      object: `${verdict.kind}/${verdict.name}`,
      severity: "error" as const,
    })),
  );
}

function warned({ cluster }: Played): readonly Told[] {
  return (Object.keys(plurals) as Kind[]).flatMap((kind) =>
    cluster.store.list(kind).flatMap((custom) => {
      const warnings = (custom.status?.warnings ?? []) as readonly {
        readonly name: string;
        readonly message: string;
        readonly path: string;
      }[];
      return warnings.map(({ name, message, path }) => ({
        object: `${kind}/${custom.metadata.name}`,
        reason: name,
        message,
        path,
        severity: gradeOf(name),
      }));
    }),
  );
}

/** Files do not say what Nova has. */
function unasked(objects: readonly FileObject[]): readonly Told[] {
  return takenAsThere(objects).map((taken) => ({
    object: `PciFlavor/${taken.object}`,
    reason: "FlavorMissing",
    message: notAsked(taken),
    path: "spec.flavor",
    severity: gradeOf("FlavorMissing"),
  }));
}

/** Nobody knows the nodes: the address may meet several of them. */
function unpinned({ objects }: Installation, { seen }: Played): readonly Told[] {
  if (objects.some((object) => object.kind === "Node")) return [];
  return outcome(seen).verdicts.flatMap((verdict) =>
    verdict.warnings
      .filter((warning) => warning.reason === "UnpinnedAddress")
      .map((warning) => ({
        ...warning,
        object: `${verdict.kind}/${verdict.name}`,
        severity: gradeOf(warning.reason),
      })),
  );
}

type Spec = {
  readonly name?: string;
  readonly aliases?: readonly { readonly name: string }[];
};

/** Names that flavors ask for and no alias has: also those of aliases that are refused count. */
function undeclared(objects: readonly FileObject[]): readonly Told[] {
  const specOf = (object: FileObject): Spec => object.value.spec ?? {};
  const aliases = objects
    .filter((object) => object.kind === "PciAlias")
    .map((object) => ({ object: object.name, name: specOf(object).name ?? object.name }));
  const known = new Set(aliases.map((alias) => alias.name));
  return objects
    .filter((object) => object.kind === "PciFlavor")
    .flatMap((flavor) =>
      (specOf(flavor).aliases ?? []).flatMap(({ name }, index) =>
        known.has(name)
          ? []
          : [
              {
                object: `PciFlavor/${flavor.name}`,
                reason: "AliasNotDeclared",
                message: `no PciAlias declares "${name}"${aliasAdvice(name, aliases)}`,
                path: `spec.aliases[${index}].name`,
                severity: "error" as const,
              },
            ],
      ),
    );
}

function aliasAdvice(
  name: string,
  aliases: readonly { readonly object: string; readonly name: string }[],
): string {
  const own = aliases.find((alias) => alias.object === name);
  if (own !== undefined)
    return `: PciAlias ${own.object} has spec.name ${own.name}, and flavors ask for that name: write ${own.name}`;
  return didYouMean(
    name,
    aliases.map((alias) => alias.name),
  );
}

/** An alias that nobody declares never becomes live: that is said once, where it is asked for. */
const sayTheSame: Readonly<Record<string, string>> = {
  AliasNotLive: "AliasNotDeclared",
  NoHostCanServe: "AliasNotDeclared",
};

function neverReady({ cluster, ended }: Played, told: readonly Told[]): readonly Told[] {
  const known = new Set(
    told.filter((one) => one.severity === "error").map((one) => `${one.object} ${one.reason}`),
  );
  const refusedObjects = new Set(
    told.filter((one) => one.severity === "error").map((one) => one.object),
  );
  return (Object.keys(plurals) as Kind[]).flatMap((kind) =>
    cluster.store.list(kind).flatMap((custom): readonly Told[] => {
      const ready = conditionOf(custom.status, "Ready");
      if (ready === undefined || ready.status === "True") return [];
      const object = `${kind}/${custom.metadata.name}`;
      const { reason, message } = ready;
      const same = sayTheSame[reason];
      if (known.has(`${object} ${reason}`) || known.has(`${object} ${same ?? ""}`)) return [];
      // The installation waits for its objects; each of them says why.
      if (kind === "PciPassthrough" && refusedObjects.size > 0) return [];
      if (refusedObjects.has(object) && conditionOf(custom.status, "Accepted")?.status === "False")
        return [];
      const text = ended ? message : `${message} (still so after days)`;
      return [{ object, reason, message: text, path: "spec", severity: "error" }];
    }),
  );
}

/** In the order of the files; what is not in a file is nobody's mistake. */
function placed(told: readonly Told[], objects: readonly FileObject[]): readonly LintFinding[] {
  const places = new Map<string, FileObject>(
    objects.filter(isOurs).map((object) => [`${object.kind}/${object.name}`, object] as const),
  );
  const seen = new Set<string>();
  return told.flatMap(({ object, path, reason, message, severity }) => {
    const place = places.get(object);
    // A status may say the same in its own words.
    const words = reason === "AliasNotDeclared" ? "" : message;
    const key = `${object} ${path} ${reason} ${words}`;
    if (place === undefined || seen.has(key)) return [];
    seen.add(key);
    const { file } = place;
    return [{ file, ...place.at(path), object, field: path, rule: reason, severity, message }];
  });
}
