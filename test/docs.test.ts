// The documents: links lead somewhere, blocks that are marked as run are run, and the reference that
// is made of the program names all of it.
import { describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { kinds } from "./api/crd-files.ts";
import { commandNames, isCommand, loadCommand } from "../src/cli/commands.ts";
import { reference } from "../docs/generate.ts";
import { processIo } from "../src/cli/terminal/io.ts";
import { gaugeHelp } from "../src/operator/metrics.ts";
import { gateTable } from "../src/plan/terms/gate-table.ts";
import { reasons } from "../src/plan/terms/reasons.ts";
import { provedBy, readProved, withTable } from "./control-plane/proved.ts";

const root = join(import.meta.dirname, "..");
const docs = join(root, "docs");
const inDocs = readdirSync(docs, { recursive: true })
  .map(String)
  .filter((text) => text.endsWith(".md") && !/node_modules|\.vitepress|^reference\//.test(text));
const elsewhere = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "deploy/README.md",
  "test/README.md",
];
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = [...inDocs.map((inDoc) => join("docs", inDoc)), ...elsewhere];

const headings = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[`*]/g, "")
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .trim()
      .replaceAll(/ +/g, "-"),
  );

test("every link leads to a page, and every anchor to a heading", async () => {
  const made = await reference();
  const textAt = (path: string): string | undefined => {
    const name = path.replace(/^docs\/reference\//, "");
    if (path.startsWith("docs/reference/"))
      return made.get(name.endsWith(".md") ? name : `${name}.md`);
    const full = [path, `${path}.md`, join(path, "index.md")].map((text) => join(root, text));
    const file = full.find((text) => existsSync(text) && /\.[a-z]+$/.test(text));
    if (file !== undefined) return readFileSync(file, "utf8");
    return existsSync(join(root, path)) ? "" : undefined;
  };
  for (const page of pages)
    for (const [, link] of read(page).matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [path = "", anchor] = link!.split("#");
      const at =
        path === "" ? page : path.startsWith("/") ? join("docs", path) : join(dirname(page), path);
      const text = textAt(at === "docs/" ? "docs/index.md" : at);
      expect({ page, link, found: text !== undefined }).toEqual({ page, link, found: true });
      if (anchor !== undefined) expect(headings(text!)).toContain(anchor);
    }
});

type Block = { readonly page: string; readonly line: string; readonly code: number };

/** ```sh after <!-- run -->, or <!-- run: 1 --> where that is the exit code. */
const blocks: readonly Block[] = inDocs.flatMap((inDoc) =>
  [...read(join("docs", inDoc)).matchAll(/<!-- run(?:: (\d))? -->\n\s*```sh\n([^]*?)```/g)].flatMap(
    ([, code, text]) =>
      text!
        .trim()
        .split("\n")
        .map((line) => ({ page: inDoc, line: line.trim(), code: Number(code ?? 0) })),
  ),
);

describe("blocks that are marked as run", () => {
  test("there are some in the tutorial and in the how-tos", () => {
    expect(blocks.filter((block) => block.page === "tutorial.md").length).toBeGreaterThanOrEqual(4);
    expect(blocks.filter((block) => block.page.startsWith("howto/")).length).toBeGreaterThanOrEqual(
      4,
    );
  });

  test.each(blocks)("$page: $line", async ({ line, code }) => {
    const words = line.replace(/ +#.*$/, "").split(" ");
    expect(words.slice(0, 3)).toEqual(["npx", "--no-install", "nova-pci"]);
    const [name = "", ...args] = words.slice(3);
    const quiet = { ...processIo, stdout: () => undefined, stderr: () => undefined };
    const command = isCommand(name) ? await loadCommand(name) : undefined;
    expect(await command?.run(args, quiet)).toBe(code);
  });
});

describe("the reference", () => {
  test("has every kind, gate, reason, gauge and command", async () => {
    const made = await reference();
    for (const kind of kinds) expect(made.get(`${kind.toLowerCase()}.md`)).toContain("## spec");
    for (const gate of Object.keys(gateTable))
      expect(made.get("gates.md")).toMatch(new RegExp(`^## ${gate}$`, "m"));
    const gatesAndReasons = `${made.get("gates.md")!}${made.get("reasons.md")!}`;
    for (const reason of Object.keys(reasons))
      expect(gatesAndReasons).toMatch(new RegExp(`^## ${reason}$`, "m"));
    for (const gauge of Object.keys(gaugeHelp))
      expect(made.get("metrics.md")).toContain(gauge.replaceAll("_", "&#95;"));
    for (const command of commandNames)
      expect(made.get("commands.md")).toMatch(new RegExp(`^## ${command}$`, "m"));
  });
});

test("CONTRIBUTING explains every script", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const table = read("CONTRIBUTING.md");
  for (const script of Object.keys(scripts))
    expect({ script, explained: table.includes(`\`${script}\``) }).toEqual({
      ...{ script, explained: true },
    });
});

test("README is one screen and a half", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(90);
});

test("the table of Kubernetes releases says what ran there, and no more", () => {
  const text = read("docs/support.md");
  expect(withTable(text, readProved())).toBe(text);
  const told = (titles: readonly string[], status: string) => ({ ancestorTitles: titles, status });
  const of = (...all: readonly ReturnType<typeof told>[]) =>
    provedBy({ testResults: [{ assertionResults: all }] });
  const here = "Kubernetes 1.30.14";
  expect(
    of(
      ...[told([here], "passed"), told([here, "guard"], "passed"), told([here, "guard"], "failed")],
      ...[told([here, "webhook", "story"], "passed"), told(["charts"], "passed")],
    ),
  ).toEqual({ "1.30.14": ["", "story"] });
  expect(of(told([here, "guard"], "pending"))).toEqual({ "1.30.14": [] });
});
