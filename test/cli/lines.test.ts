// Lines of a terminal: how wide a text is, how names of nodes are folded, how a table takes less room,
// and that nothing a user wrote is obeyed by the terminal.

import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { foldedNames } from "../../src/api/folded-names.ts";
import { columnsOf, fitted, harmless, wrapped } from "../../src/cli/terminal/lines.ts";
import { isColoured } from "../../src/cli/terminal/colour.ts";
import { printTable } from "../../src/cli/terminal/table.ts";

test.each([
  [["gpu-01"], "gpu-01"],
  [["gpu-01", "gpu-02"], "gpu-01, gpu-02"],
  [["gpu-03", "gpu-01", "gpu-02"], "gpu-[01-03] (3 nodes)"],
  [["gpu-9", "gpu-10", "gpu-11"], "gpu-[9-11] (3 nodes)"],
  [["gpu-09", "gpu-10", "gpu-11", "nic"], "gpu-[09-11], nic (4 nodes)"],
  [["a1", "a3", "a5", "a7"], "a1, a3, a5, a7"],
  [["a1", "a3", "a5", "a7", "a9", "b"], "a1, a3, a5, a7 and 2 more (6 nodes)"],
  [["c1.rack", "c2.rack", "c3.rack"], "c[1-3].rack (3 nodes)"],
  [["r1-n08", "r1-n09", "r1-n10", "r2-n08"], "r1-n[08-10], r2-n08 (4 nodes)"],
  [["x08", "x9", "x10"], "x08, x9, x10"],
])("%j are %s", (names, text) => {
  expect(foldedNames(names)).toBe(text);
});

test("what is folded can be unfolded: no name is lost, none is made up", () => {
  const name = fc.tuple(fc.constantFrom("a", "b-", "c1-"), fc.integer({ min: 0, max: 30 }));
  fc.assert(
    fc.property(
      fc.uniqueArray(
        name.map(([head, n]) => `${head}${n}`),
        { maxLength: 40 },
      ),
      (all) => {
        const text = foldedNames(all);
        const pieces = text
          .replace(/ and \d+ more/, "")
          .replace(/ \(\d+ nodes\)$/, "")
          .split(", ");
        const named = pieces
          .filter((piece) => piece !== "")
          .flatMap((piece) => {
            const [, head = "", from = "", to = ""] = /^(.*)\[(\d+)-(\d+)\]$/.exec(piece) ?? [];
            if (from === "") return [piece];
            const count = Number(to) - Number(from) + 1;
            return Array.from({ length: count }, (_, index) => `${head}${Number(from) + index}`);
          });
        const more = Number(/ and (\d+) more/.exec(text)?.[1] ?? 0);
        expect(named.filter((word) => !all.includes(word))).toEqual([]);
        expect(new Set(named).size + more).toBe(all.length);
      },
    ),
  );
});

test.each([
  ["abc", 3],
  ["显卡", 4],
  ["e\u0301", 1],
  ["\u001b[31mred\u001b[39m", 3],
])("%j takes %i columns", (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

const cell = fc.stringMatching(/^[a-z ]{0,60}$/);
const rows = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.array(fc.array(cell, { minLength: count, maxLength: count }), {
    minLength: 1,
    maxLength: 5,
  }),
);

test("a table has every word of its cells, and no line wider than the terminal", () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 20, max: 200 }), (table, width) => {
      const text = printTable([table[0]!.map((_, index) => `H${index}`), ...table], width);
      const words = (word: string): readonly string[] => word.split(/\s+/).filter(Boolean).sort();
      const expected = words(table.flat().join(" "));
      expect(words(text).filter((word) => !/^H\d$/.test(word))).toEqual(expected);
      // Room for the widest word behind the widest head.
      const widest = Math.max(
        ...table.flat().flatMap((word) => word.split(" ").map((w) => w.length)),
      );
      for (const line of text.split("\n"))
        expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(width, widest + 4));
    }),
  );
});

test("a command to copy is not broken, and what is broken keeps its words", () => {
  const command = `     kubectl -n openstack patch pcipassthrough nova --type merge -p '{"spec":{}}'`;
  expect(fitted(command, 40)).toBe(command);
  expect(fitted("  a sentence that is longer", 16)).toBe(
    "  a sentence\n      that is\n      longer",
  );
  expect(wrapped("one two", 4)).toBe("one\ntwo\n");
});

test("a terminal obeys no text of a user, and JSON keeps its meaning", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const json = JSON.stringify({ text });
      for (const to of ["terminal", "elsewhere"] as const) {
        expect(JSON.parse(harmless(json, to, false))).toEqual({ text });
        expect(harmless(text, to, false)).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
      }
    }),
  );
  expect(harmless("\u001b]0;title\u0007", "terminal", true)).toBe("\\u001b]0;title\\u0007");
  expect(harmless("a\u202eb", "terminal", true)).toBe("a\\u202eb");
  expect(harmless("\u001b[31mred\u001b[39m", "terminal", true)).toContain("\u001b[31m");
});

test.each([
  [{}, false],
  [{ FORCE_COLOR: "1" }, true],
  [{ FORCE_COLOR: "0" }, false],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("where there is no terminal, %j means colour: %s", (environment, coloured) => {
  expect(isColoured({}, environment)).toBe(coloured);
});

test("a message with an escape code reaches a pipe as text", () => {
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-"));
  const file = join(folder, "alias.yaml");
  const spec = String.raw`{ match: [{ vendorId: "10de\e[31m", productId: "20b2" }] }`;
  writeFileSync(
    file,
    `apiVersion: pci.openstack.org/v1alpha1\nkind: PciAlias\nmetadata: { name: a }\nspec: ${spec}\n`,
  );
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--no-warnings", "src/main.ts", "lint", "-f", file],
    { encoding: "utf8", env: { ...process.env, TERM: "xterm-256color" } },
  );
  expect([status, stdout.includes("\u001b")]).toEqual([1, false]);
});
