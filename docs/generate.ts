// Reference pages made of what they describe: kinds from the CRDs, conditions, reasons and gates from
// their tables, metrics from a registry, commands from their own help. Written below
// docs/reference/ at each build of the site, so none can be stale.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { faces } from "../src/cli/faces/faces.ts";
import { helpOf, type Face } from "../src/cli/terminal/face.ts";
import { makeMetrics, gaugeHelp } from "../src/operator/metrics.ts";
import { gateTable } from "../src/plan/terms/gate-table.ts";
import { conditionTypes, reasons } from "../src/plan/terms/reasons.ts";

const root = join(import.meta.dirname, "..");

type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly message?: string }[];
};
type Crd = {
  readonly spec: {
    readonly names: { readonly kind: string; readonly shortNames: readonly string[] };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
};

/** Of Markdown and of Vue, which both read the page. */
const plain = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("{{", "&#123;&#123;")
    .replaceAll("|", "\\|")
    .replaceAll("*", "\\*")
    .replaceAll("_", "\\_")
    .replaceAll("[", "\\[")
    .replaceAll(/\s+/g, " ");

/** Every sign that Markdown or Vue could read as theirs, as an entity. */
const code = (text: string): string =>
  `<code v-pre>${text.replaceAll(/[^\w .,:;/-]|_/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`)}</code>`;

function typeOf(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"] === true) return "integer or string";
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties !== undefined) return "map";
  return schema.type ?? "any";
}

function boundsOf(schema: Schema): string {
  const { minimum, maximum, maxItems, maxLength } = schema;
  const parts = [
    schema.enum === undefined ? "" : schema.enum.map((one) => code(String(one))).join(", "),
    schema.pattern === undefined ? "" : code(schema.pattern),
    minimum === undefined ? "" : `≥ ${minimum}`,
    maximum === undefined ? "" : `≤ ${maximum}`,
    maxItems === undefined ? "" : `≤ ${maxItems} items`,
    maxLength === undefined ? "" : `≤ ${maxLength} characters`,
    schema.default === undefined ? "" : `default ${code(JSON.stringify(schema.default))}`,
  ];
  return parts.filter((one) => one !== "").join("; ");
}

function rows(schema: Schema, path: string): readonly string[] {
  const below = schema.properties ?? schema.items?.properties;
  const rules = (schema["x-kubernetes-validations"] ?? []).flatMap(({ message }) =>
    message === undefined ? [] : [`<br>Rule: ${plain(message)}`],
  );
  const row = `| ${code(path)} | ${typeOf(schema)} | ${boundsOf(schema)} | ${plain(schema.description ?? "")}${rules.join("")} |`;
  const list = schema.items === undefined ? "" : "[]";
  return [
    row,
    ...Object.entries(below ?? {}).flatMap(([key, one]) => rows(one, `${path}${list}.${key}`)),
  ];
}

function kindPage(crd: Crd): string {
  const { names, versions } = crd.spec;
  const schema = versions[0].schema.openAPIV3Schema;
  const table = (key: "spec" | "status"): string => {
    const one = schema.properties?.[key];
    if (one === undefined) return "";
    return `## ${key}\n\n| field | type | values | meaning |\n|---|---|---|---|\n${rows(one, key).join("\n")}\n\n`;
  };
  const short = names.shortNames.map(code).join(", ");
  return `# ${names.kind}\n\n${plain(schema.description ?? "")}\n\nShort name: ${short}.\n\n${table("spec")}${table("status")}`;
}

const openers = {
  person: "You: do what the message says.",
  change: "By itself, when what it waits for has changed; it is watched.",
  time: "By itself, at the time that the message names.",
  cloud: "By itself, when the cloud answers otherwise; it is asked again and again.",
} as const;

/** A gate whose numbers are their own names: its sentence as a template. */
function templateOf(says: (gate: never, namespace: string) => string): string | undefined {
  const named = new Proxy({}, { get: (_, key) => `<${String(key)}>` });
  try {
    return says(named as never, "NAMESPACE");
  } catch {
    return undefined;
  }
}

function gatesPage(): string {
  const sections = Object.entries(gateTable).map(([name, row]) => {
    const opens =
      typeof row.opens === "function"
        ? "Depends on what was found; the message says whether you have to do something."
        : openers[row.opens];
    const says = templateOf(row.says);
    const stops = {
      replacing: "It also stops pods from being replaced by a rollout under way.",
      all: "It stops every restart, even to put back what was proved last.",
    };
    const lines = [
      `${plain(row.means[0]!.toUpperCase() + row.means.slice(1))}.`,
      `**What opens it:** ${opens}`,
      ...(says === undefined ? [] : [`**Message:** ${plain(says)}`]),
      ...(row.stops === undefined ? [] : [stops[row.stops]]),
      ...(row.unwires === true ? ["While it is closed the installation is not Wired."] : []),
      ...(row.keepsOut === true ? ["The object is not Live meanwhile."] : []),
    ];
    return `## ${name}\n\n${lines.join("\n\n")}\n`;
  });
  return `# Gates\n\nA gate is one named reason why a step waits. Its name stands in conditions, in \`nova-pci status\` and in the metric \`nova_pci_gate\`.\n\n${sections.join("\n")}`;
}

function reasonsPage(): string {
  const types = Object.entries(conditionTypes).map(
    ([name, means]) => `| ${name} | ${plain(means)} |`,
  );
  const gates = new Set(Object.keys(gateTable));
  const sections = Object.entries(reasons)
    .filter(([name]) => !gates.has(name))
    .map(([name, means]) => `## ${name}\n\n${plain(means[0]!.toUpperCase() + means.slice(1))}.\n`);
  return `# Conditions and reasons\n\n| condition | true means |\n|---|---|\n${types.join("\n")}\n\nThe message of a condition says what to do next. Reasons that are [gates](./gates) have a page of their own.\n\n${sections.join("\n")}`;
}

type Listed = { readonly name: string; readonly help: string; readonly type: string };

async function metricsPage(): Promise<string> {
  const listed = (await makeMetrics().registry.getMetricsAsJSON()) as unknown as Listed[];
  const ours = Object.entries(gaugeHelp).map(([name, help]) => ({ name, help, type: "gauge" }));
  const all = [...ours, ...listed.filter(({ name }) => !/^(nodejs|process)_/.test(name))];
  const unique = [...new Map(all.map((one) => [one.name, one])).values()];
  const lines = unique.map(
    ({ name, type, help }) => `| ${code(name)} | ${type} | ${plain(help)} |`,
  );
  return `# Metrics\n\nPort 8080 of each replica, \`/metrics\`. Gauges that begin with \`nova_pci_\` have the label \`namespace\` beside their own; the leader publishes them. Node.js' own (\`nodejs_*\`, \`process_*\`) are left out here. Alerts: \`deploy/alerts.yaml\`.\n\n| metric | type | meaning |\n|---|---|---|\n${lines.join("\n")}\n`;
}

function commandsPage(): string {
  const all: readonly Face[] = Object.values(faces);
  const sections = all.map(
    (face) => `## ${face.name}\n\n\`\`\`text\n${helpOf(face).trim()}\n\`\`\`\n`,
  );
  return `# Commands\n\n\`npx nova-pci\`, \`kubectl nova-pci\` and the image's entry point are one program.\n\n${sections.join("\n")}`;
}

/** File name -> text. */
export async function reference(): Promise<ReadonlyMap<string, string>> {
  const files = readdirSync(join(root, "crds")).filter((one) => /^pci.*\.yaml$/.test(one));
  const kinds = files.map((file) => {
    const crd = load(readFileSync(join(root, "crds", file), "utf8")) as Crd;
    return [`${crd.spec.names.kind.toLowerCase()}.md`, kindPage(crd)] as const;
  });
  return new Map([
    ...kinds,
    ["gates.md", gatesPage()],
    ["reasons.md", reasonsPage()],
    ["metrics.md", await metricsPage()],
    ["commands.md", commandsPage()],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  const folder = join(import.meta.dirname, "reference");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, text] of await reference()) writeFileSync(join(folder, name), text);
}
