// What must hold for the text of the CRDs: names, bounds, descriptions, twins of rules, types.
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { group, plurals, version } from "../../src/api/names.ts";
import { rules } from "../../src/api/rules.ts";
import { patternWords } from "../../src/api/schema-problems.ts";
import { transitions } from "../../src/api/transitions.ts";
import { crdOf, kinds, nodesOf, schemaOf } from "./crd-files.ts";
import { allShapes } from "./shapes/all.ts";

const shortNames = {
  PciAlias: "pcia",
  PciWhitelist: "pciw",
  PciFlavor: "pcif",
  PciPassthrough: "pcip",
} as const;

describe.each(kinds)("%s", (kind) => {
  const nodes = nodesOf(schemaOf(kind)).filter(
    ([path]) => !/^(apiVersion|kind|metadata)/.test(path),
  );
  const written = nodes.filter(([path]) => path.startsWith("spec"));
  const celRules = nodes.flatMap(([, node]) => node["x-kubernetes-validations"] ?? []);

  test("has the names that others rely on", () => {
    const crd = crdOf(kind);
    expect(crd.metadata.name).toBe(`${plurals[kind]}.${group}`);
    expect(crd.spec.versions.map((item) => item.name)).toEqual([version]);
    expect(crd.spec.names).toMatchObject({
      kind,
      plural: plurals[kind],
      shortNames: [shortNames[kind]],
      categories: ["pci"],
    });
  });

  test("bounds every list, map and text", () => {
    const unbounded = nodes.filter(([, node]) => {
      if (node.type === "array") return node.maxItems === undefined;
      if (node.additionalProperties !== undefined) return node.maxProperties === undefined;
      const isText = node.type === "string" || node["x-kubernetes-int-or-string"] === true;
      const short = node.enum !== undefined || node.format === "date-time";
      return isText && !short && node.maxLength === undefined;
    });
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test("bounds every number that people write", () => {
    const unbounded = written.filter(
      ([, node]) => node.type === "integer" && node.maximum === undefined,
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  // So a number beyond its format is refused offline as it is by the API server.
  test("bounds every number that people write within its format", () => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    const numbers = written.filter(([, { type }]) => type === "integer");
    const wide = numbers.filter(
      ([, { minimum = -Infinity, maximum = Infinity }]) => minimum < least || maximum > most,
    );
    expect(wide.map(([path]) => path)).toEqual([]);
  });

  // What every object has (apiVersion, kind, metadata) the API server describes by itself.
  test("describes every property, of status too, at every depth", () => {
    const silent = nodes.filter(([path, { description }]) => {
      const isItem = path === "" || path.endsWith("]") || path.endsWith("*");
      return !isItem && (description ?? "").trim().length < 10;
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test("has a twin offline for each CEL rule, with the same words", () => {
    const compares = (rule: { readonly rule: string }): boolean => rule.rule.includes("oldSelf");
    const words = (all: readonly { readonly message: string }[]): readonly string[] =>
      all.map((item) => item.message).sort();
    expect(words(rules[kind])).toEqual(words(celRules.filter((celRule) => !compares(celRule))));
    expect(words(transitions[kind])).toEqual(words(celRules.filter(compares)));
  });

  test("writes fields that are called like a word of CEL as every API server since 1.28 takes them", () => {
    const reserved =
      /\.(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)\b/;
    expect(celRules.map(({ rule }) => rule).filter((rule) => reserved.test(rule))).toEqual([]);
  });

  test("has a refused shape for each CEL rule", () => {
    const table = allShapes.find((allShape) => allShape.kind === kind)!;
    const refused = [...table.created, ...table.changed].flatMap((item) => item.refused ?? []);
    const seen = new Set(refused.map((refusal) => refusal.message));
    expect(
      celRules.map((celRule) => celRule.message).filter((message) => !seen.has(message)),
    ).toEqual([]);
  });

  test("has words for each pattern", () => {
    const patterns = written.flatMap(([, node]) => node.pattern ?? []);
    expect(patterns.filter((pattern) => !Object.hasOwn(patternWords, pattern))).toEqual([]);
  });
});

test("no words are left of a pattern that is gone", () => {
  const patterns = kinds.flatMap((kind) => nodesOf(schemaOf(kind)).map(([, node]) => node.pattern));
  expect(Object.keys(patternWords).filter((key) => !patterns.includes(key))).toEqual([]);
});

test("the types are those of the CRDs (else: npm run types)", async () => {
  const generator = join(import.meta.dirname, "../../crds/generate-types.js");
  const { allGenerated } = (await import(generator)) as {
    readonly allGenerated: () => Promise<readonly (readonly [path: string, text: string])[]>;
  };
  const stale = (await allGenerated()).filter(
    ([path, text]) => readFileSync(path, "utf8") !== text,
  );
  expect(stale.map(([path]) => relative(process.cwd(), path))).toEqual([]);
});
