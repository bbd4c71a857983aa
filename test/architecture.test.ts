// The import rule of src/README.md, executed: who may know whom, and who may know which package.
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

const source = join(import.meta.dirname, "../src");

/** A folder may import itself and those before it in this list that its row names. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: ["api"],
  nova: ["nova"],
  plan: ["plan", "nova", "api"],
  admission: ["admission", "plan", "api"],
  cluster: ["cluster", "plan", "nova", "api"],
  openstack: ["openstack", "plan", "nova", "api"],
  webhook: ["webhook", "admission", "cluster", "plan", "api"],
  operator: ["operator", "webhook", "admission", "cluster", "openstack", "plan", "nova", "api"],
  embedded: ["embedded", "operator", "admission", "cluster", "plan", "nova", "api"],
  ui: ["ui", "plan", "nova", "api"],
  page: ["page", "ui"],
  cli: ["cli", "ui", "embedded", "operator", "cluster", "openstack", "plan", "nova", "api"],
  main: ["cli"],
};

/** Packages and built-in modules by folder; the core knows none but the hash of digest.ts. */
const mayUse: Readonly<Record<string, RegExp>> = {
  api: /^(ajv|js-yaml)$/,
  nova: /^(?!)/,
  plan: /^(?!)/,
  admission: /^(?!)/,
  cluster: /^(node:|@kubernetes\/client-node$|undici$)/,
  openstack: /^(node:|undici$|js-yaml$)/,
  webhook: /^(node:|@peculiar\/x509$|reflect-metadata$)/,
  operator: /^(node:|winston$|prom-client$|undici$)/,
  embedded: /^(node:)/,
  ui: /^(node:|js-yaml$)/,
  page: /^preact/,
  cli: /^(node:|js-yaml$|log-update$|get-east-asian-width$)/,
  main: /^(node:)/,
};
const exceptions = new Set(["nova/text/digest.ts node:crypto"]);

type Import = { readonly file: string; readonly folder: string; readonly target: string };

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
    .map((file) => join(file.parentPath, file.name));
}

function folderOf(file: string): string {
  const name = relative(source, file);
  return name.includes("/") ? name.split("/")[0]! : name.replace(/\.ts$/, "");
}

function imports(): readonly Import[] {
  return sources(source).flatMap((file) =>
    ts.preProcessFile(readFileSync(file, "utf8")).importedFiles.map((importedFile) => ({
      file: relative(source, file),
      folder: folderOf(file),
      target: importedFile.fileName.startsWith(".")
        ? join(file, "..", importedFile.fileName)
        : importedFile.fileName,
    })),
  );
}

test("every folder imports only what its row of the table allows", () => {
  const broken = imports()
    .filter((item) => item.target.startsWith("/"))
    // Its version, which stands nowhere else.
    .filter((item) => item.file !== "main.ts" || item.target !== join(source, "../package.json"))
    // From the sources the page is built when it is asked for; the bundle holds it.
    .filter((item) => item.file !== "ui/page-files.ts" || !item.target.endsWith("image/page.js"))
    .filter((item) => !mayImport[item.folder]?.includes(folderOf(item.target)))
    .map((item) => `${item.file} imports ${relative(source, item.target)}`);
  expect(broken).toEqual([]);
});

test("the page knows what it is told and nothing of who tells it", () => {
  const known = imports()
    .filter((item) => item.folder === "page" && folderOf(item.target) === "ui")
    .map((item) => relative(source, item.target));
  expect([...new Set(known)]).toEqual(["ui/model.ts"]);
});

/**
 * The rooms of a folder, lowest first: which other rooms each may know. The files beside them
 * compose, so they may know all, and no room may know them.
 */
const rooms: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  cli: {
    terminal: [],
    faces: ["terminal"],
    host: [],
    given: ["terminal"],
    access: ["terminal"],
    played: ["terminal", "given"],
    import: ["terminal", "faces", "access", "played"],
    lint: ["terminal", "faces", "given", "played"],
    graph: [],
    nodes: ["terminal", "faces", "given", "access", "played"],
    plan: ["terminal", "faces", "given", "access", "played"],
  },
  "cli/import": { formats: [], convert: ["formats"] },
  cluster: {
    wire: [],
    views: [],
    watch: ["wire", "views"],
    reads: ["wire", "views", "watch"],
  },
  embedded: { store: [], controllers: ["store"], api: ["store", "controllers"] },
  nova: {
    text: [],
    terms: ["text"],
    conf: ["text", "terms"],
    alias: ["text", "terms"],
    device: ["text", "terms", "alias"],
    flavor: ["text", "terms", "alias", "device"],
    serving: ["text", "terms", "alias", "device"],
    service: ["text", "terms", "conf", "alias", "device", "serving"],
  },
  openstack: {
    wire: [],
    session: ["wire"],
    services: ["wire", "session"],
    view: ["wire", "session", "services"],
  },
  plan: {
    terms: [],
    wanted: ["terms"],
    gates: ["terms", "wanted"],
    flavors: ["terms", "wanted"],
    cleaning: ["terms", "wanted"],
    preflight: ["terms", "wanted"],
    computes: ["terms", "wanted", "gates", "preflight"],
    services: ["terms", "wanted", "gates", "computes"],
    round: ["terms", "wanted", "gates", "flavors", "cleaning", "computes", "services"],
    told: ["terms", "wanted", "gates", "flavors", "cleaning", "round"],
  },
};
const composing: Readonly<Record<string, readonly string[]>> = {
  cli: [
    "check.ts",
    "commands.ts",
    "completion.ts",
    "cordon.ts",
    "explain.ts",
    "follow.ts",
    "import.ts",
    "match.ts",
    "overview.ts",
    "progress-text.ts",
    "render.ts",
    "run.ts",
    "status.ts",
    "try.ts",
    "ui.ts",
  ],
  "cli/import": [
    "arguments.ts",
    "cluster.ts",
    "flavors.ts",
    "print.ts",
    "proof.ts",
    "yaml-document.ts",
  ],
  cluster: [
    "cluster.ts",
    "events.ts",
    "jobs.ts",
    "lease.ts",
    "observe.ts",
    "perform.ts",
    "preflight-jobs.ts",
    "rights.ts",
    "watched.ts",
  ],
  embedded: [
    "alike.ts",
    "base.ts",
    "cloud.ts",
    "cluster.ts",
    "load.ts",
    "nova-verdict.ts",
    "operator.ts",
    "placement.ts",
    "settle.ts",
    "workloads.ts",
    "world.ts",
  ],
  nova: [],
  openstack: ["cloud.ts", "execute.ts", "hold-back.ts"],
  plan: [
    "devices.ts",
    "explain.ts",
    "hardware-links.ts",
    "kinds-gone.ts",
    "outcome.ts",
    "plan.ts",
    "resting.ts",
    "progress.ts",
  ],
};

/** The room of a file of this folder; "" for a file beside the rooms. */
function roomIn(folder: string, file: string): string | undefined {
  const parts = relative(join(source, folder), file).split("/");
  if (parts[0] === "..") return undefined;
  return parts.length === 1 ? "" : parts[0];
}

describe.each(Object.keys(rooms))("the rooms of %s/", (folder) => {
  test("know only the rooms of their row", () => {
    const broken = imports()
      .map((edge) => ({
        ...edge,
        from: roomIn(folder, join(source, edge.file)),
        to: edge.target.startsWith("/") ? roomIn(folder, edge.target) : undefined,
      }))
      .filter(({ from, to }) => from && to !== undefined && from !== to)
      .filter(({ from, to }) => !rooms[folder]![from!]?.includes(to!))
      .map((edge) => `${edge.file} imports ${relative(source, edge.target)}`);
    expect(broken).toEqual([]);
  });

  test("and the files that compose them are all there is", () => {
    const found = readdirSync(join(source, folder)).sort();
    expect(found).toEqual([...Object.keys(rooms[folder]!), ...composing[folder]!].sort());
  });
});

test("no folder holds more than 15 files", () => {
  const count = new Map<string, number>();
  for (const file of sources(source)) {
    const folder = relative(source, join(file, ".."));
    count.set(folder, (count.get(folder) ?? 0) + 1);
  }
  const full = [...count].filter(([, files]) => files > 15).map(([folder]) => folder);
  expect(full).toEqual([]);
});

test("every folder uses only the packages of its row", () => {
  const broken = imports()
    .filter((item) => !item.target.startsWith("/"))
    .filter((item) => mayUse[item.folder]?.test(item.target) !== true)
    .map((item) => `${item.file} ${item.target}`)
    .filter((text) => !exceptions.has(text));
  expect(broken).toEqual([]);
});

test("no file is imported in a circle", () => {
  const edges = new Map<string, string[]>();
  for (const item of imports()) {
    if (!item.target.startsWith("/")) continue;
    const targets = edges.get(item.file) ?? [];
    targets.push(relative(source, item.target));
    edges.set(item.file, targets);
  }
  expect(circles(edges)).toEqual([]);
});

function circles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

test("no file is named after nothing", () => {
  const empty =
    /^(util|utils|helper|helpers|common|shared|misc|types|constants|manager|index)\.ts$/;
  const named = sources(source).filter((file) => empty.test(file.split("/").at(-1)!));
  expect(named).toEqual([]);
});

/** Every file of ours that is a program or a test, with its lines. */
function programs(...folders: readonly string[]): readonly (readonly [string, string[]])[] {
  const root = join(source, "..");
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true, recursive: true }).filter(
        (entry) => entry.isFile() && !/node_modules|generated/.test(entry.parentPath),
      ),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /\.(tsx?|js|mts|py|go|sh)$/.test(file))
    .map((file) => [relative(root, file), readFileSync(file, "utf8").split("\n")]);
}

test("a file begins with what it is, and not with a question that it answers", () => {
  const asking = programs("src", "test", "deploy", "docs", "crds")
    .filter(([, lines]) => lines.slice(0, 2).some((line) => /^\W*Answers "/.test(line)))
    .map(([file]) => file);
  expect(asking).toEqual([]);
});

test("no line of comment is longer than a line of code may be", () => {
  const long = programs("src").flatMap(([file, lines]) =>
    lines.flatMap((line, at) =>
      line.length > 100 && /^\s*(\/\/|\/?\*)/.test(line) ? [`${file}:${at + 1}`] : [],
    ),
  );
  expect(long).toEqual([]);
});

/** What each file declares for others, and what anybody takes of it: "file#name". */
function exportsAndUses(files: readonly string[]) {
  const declared: string[] = [];
  const used = new Set<string>();
  for (const file of files) {
    const parsed = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
    declared.push(...parsed.statements.flatMap(exportedNames).map((name) => `${file}#${name}`));
    const take = (from: string, name: string) => used.add(`${join(file, "..", from)}#${name}`);
    const visit = (node: ts.Node): void => {
      for (const [from, name] of taken(node)) take(from, name);
      ts.forEachChild(node, visit);
    };
    visit(parsed);
  }
  return { declared, used };
}

function exportedNames(statement: ts.Statement): readonly string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const modifiers = ts.getModifiers(statement) ?? [];
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
  const named = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement as ts.DeclarationStatement];
  return named.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
}

/** File and name of everything that a node imports; the name is "*" where it is the whole file. */
function taken(node: ts.Node): readonly (readonly [string, string])[] {
  const text = (from: ts.Node | undefined) =>
    from !== undefined && ts.isStringLiteral(from) ? from.text : "";
  const names = (elements: ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier>) =>
    elements.map((element) => (element.propertyName ?? element.name).text);
  if (ts.isImportDeclaration(node)) {
    const bindings = node.importClause?.namedBindings;
    if (bindings === undefined) return [];
    const all = ts.isNamedImports(bindings) ? names(bindings.elements) : ["*"];
    return all.map((name) => [text(node.moduleSpecifier), name]);
  }
  if (ts.isExportDeclaration(node)) {
    const all =
      node.exportClause && ts.isNamedExports(node.exportClause)
        ? names(node.exportClause.elements)
        : ["*"];
    return all.map((name) => [text(node.moduleSpecifier), name]);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return [[text(node.argument.literal), "*"]];
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return [[text(node.arguments[0]), "*"]];
  return [];
}

test("nothing is exported that nobody imports", () => {
  const root = join(source, "..");
  const files = ["src", "test", "deploy", "docs", "crds"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true, recursive: true }).filter(
        (entry) => entry.isFile() && !entry.parentPath.includes("node_modules"),
      ),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /\.(tsx?|js|mts)$/.test(file));
  const { declared, used } = exportsAndUses(files);
  const idle = declared
    .filter((name) => /\.tsx?#/.test(name) && !name.includes(".d.ts#"))
    .filter((name) => !used.has(name) && !used.has(`${name.split("#")[0]!}#*`))
    .map((name) => relative(root, name));
  expect(idle).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

test("the core asks no clock and no chance", () => {
  const asks = /Date\.now\(|new Date\(\)|Math\.random|process\.|console\./;
  const broken = ["nova", "plan"]
    .flatMap((folder) => sources(join(source, folder)))
    .filter((file) => asks.test(withoutComments(readFileSync(file, "utf8"))))
    .map((file) => relative(source, file));
  expect(broken).toEqual([]);
});
