// What people read agrees with what is there: README and package.json, the command line, the map of
// the code, names in manifests, and the changelog.
import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { load } from "js-yaml";
import { services, serviceTitle } from "../src/api/names.ts";
import { commandNames } from "../src/cli/commands.ts";
import { novaServices } from "../src/nova/service/serve.ts";

type Properties<T> = { readonly properties: T };
type CrdOfServices = {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: Properties<{
          readonly spec: Properties<{ readonly services: Properties<Record<string, unknown>> }>;
        }>;
      };
    }[];
  };
};

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json")) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

describe("README.md", () => {
  const text = read("README.md");

  test.each([
    ...new Set([...text.matchAll(/(?:-k|-f) (deploy[a-z/-]*|crds)/g)].map((match) => match[1]!)),
  ])("%s is there", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  test("every command of nova-pci that it names exists", () => {
    const named = [...text.matchAll(/nova-pci (?!operator)([a-z]+) /g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(0);
    for (const word of named) expect(commandNames).toContain(word);
  });
});

describe("what documents name", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
  const files = new Set(tracked);
  const folders = new Set(tracked.flatMap((file) => foldersAbove(file)));
  const names = new Set(tracked.map((file) => basename(file)));
  const pages = tracked.filter((file) => /^(?!test\/.+\/).*\.md$/.test(file));

  /** Words in code font, of commands each word of its own. */
  const wordsOf = (page: string): readonly string[] =>
    [...read(page).matchAll(/```\w*\n([^]*?)```|`([^`\n]+)`/g)].flatMap(([, block, code]) =>
      (block ?? code!).split(/[\s,;:]+/),
    );

  /** Of the repository, of the source, or beside the page; what is built is not there yet. */
  const isThere = (page: string, path: string): boolean =>
    [".", "src", "src/plan", dirname(page)]
      .map((base) => join(base, path).replace(/\/$/, ""))
      .some(
        (text) => files.has(text) || folders.has(text) || /^(dist|docs\/\.vitepress)\b/.test(text),
      );

  test.each(pages)("%s names paths that exist", (page) => {
    const paths = wordsOf(page).filter((word) => {
      if (!/^[\w.-]+(\/[\w.-]+)+\/?$/.test(word)) return false;
      const [first = ""] = word.split("/");
      return folders.has(first) || folders.has(join("src", first));
    });
    expect(paths.filter((path) => !isThere(page, path))).toEqual([]);
  });

  test.each(pages)("%s names files of the program that exist", (page) => {
    const programs = wordsOf(page).filter((word) => /^[\w-]+\.(ts|tsx|mjs)$/.test(word));
    expect(programs.filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(pages)("%s names scripts that exist", (page) => {
    const scripts = [...read(page).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(
      ([, script]) => script!,
    );
    expect(scripts.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
  });
});

function foldersAbove(file: string): readonly string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

test("every script that runs a file of ours names one that exists", () => {
  const files = Object.values(manifest.scripts).flatMap(
    (text) => text.match(/(?:src|test|crds|deploy)\/[\w./-]+\.(?:ts|js)/g) ?? [],
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files)
    expect({ file, exists: existsSync(join(root, file)) }).toEqual({ file, exists: true });
});

test("the map says why each dependency is there", () => {
  const map = read("src/README.md");
  for (const name of Object.keys(manifest.dependencies)) expect(map).toContain(`| ${name} |`);
});

test("the map names every folder of the source", () => {
  const map = read("src/README.md");
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((file) =>
    file.isDirectory(),
  );
  for (const { name } of folders) expect(map).toContain(`| \`${name}\` |`);
});

test("the table of tests names every folder of them", () => {
  const table = read("test/README.md");
  const named = new Set(
    [...table.matchAll(/`([\w/ -]+)`/g)].flatMap(([, code]) => code!.split(" ")),
  );
  const folders = readdirSync(join(root, "test"), { withFileTypes: true }).filter((file) =>
    file.isDirectory(),
  );
  for (const { name } of folders) expect([...named]).toContain(name);
});

describe("a service is a row of names.ts, and", () => {
  test("the policies know the names of its fragments", () => {
    const files = readdirSync(join(root, "deploy"), { recursive: true, encoding: "utf8" });
    const lists = files
      .filter((file) => file.endsWith(".yaml"))
      .flatMap((file) => [...read(join("deploy", file)).matchAll(/nova-pci-\(*\(([a-z|]+)\)/g)])
      .map((match) => match[1]!.split("|").sort());
    expect(lists.length).toBeGreaterThan(2);
    for (const list of lists) expect(list).toEqual([...services].sort());
  });

  test("the CRD has its settings, with its defaults told", () => {
    const crd = load(read("crds/pcipassthroughs.yaml")) as CrdOfServices;
    const { spec } = crd.spec.versions[0]!.schema.openAPIV3Schema.properties;
    expect(Object.keys(spec.properties.services.properties).sort()).toEqual([...services].sort());
  });

  test("check takes the name of its process", () => {
    expect([...novaServices].sort()).toEqual(Object.values(serviceTitle).sort());
  });
});

test("the changelog says of every release what it restarts", () => {
  const releases = read("CHANGELOG.md").split(/^## /m).slice(1);
  expect(releases[0]).toMatch(new RegExp(`^${manifest.version}`));
  for (const release of releases) {
    expect(release).toMatch(
      /restarts nova-api: (yes|no) · restarts nova-compute: (yes|no) · CRD change: (yes|no)/,
    );
  }
});
