// oslo.config's dialect of INI: what a value is, where it ends, how names and files merge. Expected
// values were measured on oslo.config 8.3.3 to 10.7.0.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson } from "../../src/nova/text/canonical-json.ts";
import { survives, writeConf, type ConfLine } from "../../src/nova/conf/conf-writer.ts";
import { interpolate } from "../../src/nova/conf/conf-interpolate.ts";
import { digestOf } from "../../src/nova/text/digest.ts";
import { loadJson } from "../../src/nova/text/python-json.ts";
import { confFilesIn, readConf } from "../../src/nova/conf/oslo-conf.ts";
import { findRelease } from "../../src/nova/terms/release.ts";
import { plainOf } from "./values.ts";

const alias = { section: "pci", option: "alias" };

function read(...texts: readonly string[]): readonly string[] {
  const conf = readConf(texts.map((text, index) => ({ name: `${index}.conf`, text })));
  expect(conf.problems).toEqual([]);
  return conf.multi([alias]).map((confValue) => confValue.value);
}

describe("values", () => {
  test.each<[string, readonly string[]]>([
    ["[pci]\nalias = a\n", ["a"]],
    ["[pci]\nalias: a\nalias=b=c:d\n", ["a", "b=c:d"]],
    ['[pci]\nalias = "a"\n', ["a"]],
    ["[pci]\nalias = 'a\"\n", ["'a\""]],
    ['[pci]\nalias = "\n', [""]],
    ["[pci]\nalias =\n", [""]],
    ["[pci]\nalias = a # b\n", ["a # b"]],
    ["[pci]\nalias = {\n  b\n\t c }\n", ["{\nb\nc }"]],
    ["[pci]\nalias = 'a\n  b'\n", ["'a\nb'"]],
    ["[pci]\nalias = a\n# c\nalias = b\n", ["a", "b"]],
    ["[pci]\r\nalias = a\r\nalias = b\r", ["a", "b"]],
    ["[PCI]\nalias = a\n[pci]\nalias = b\n", ["a", "b"]],
    ["[ pci ]\nalias = a\n", []],
    ["[pci]\nALIAS = a\n", []],
    ["[pci]\nalias = a\u00a0\u2003\n", ["a"]],
    ["[pci]\nalias = a\\\n", ["a\\"]],
  ])("%j", (text, values) => {
    expect(read(text)).toEqual(values);
  });

  test.each<[string, number]>([
    ["[pci]\nalias = {\n}\n", 3],
    ["[pci]\n alias = a\n", 2],
    ["[pci]\nalias = a\n\n  b\n", 4],
    ["[pci]\nalias = a\n# c\n  b\n", 4],
    ["[pci] x\nalias = a\n", 1],
    ["[]\n", 1],
    ["alias = a\n", 1],
    ["\ufeff[pci]\nalias = a\n", 1],
    ["[pci]\n= a\n", 2],
  ])("%j stops the process", (text, line) => {
    expect(readConf([{ name: "f", text }]).problems).toMatchObject([{ file: "f", line }]);
  });

  test("every value knows its file and line", () => {
    const conf = readConf([
      { name: "a.conf", text: "[pci]\n\nalias = {\n  }\n" },
      { name: "b.conf", text: "[pci]\nalias = b\n" },
    ]);
    expect(conf.multi([alias]).map(({ file, line }) => [file, line])).toEqual([
      ["a.conf", 3],
      ["b.conf", 2],
    ]);
  });
});

describe("merging", () => {
  const names = findRelease("34.0.0")!.deviceSpecNames;
  const both =
    "[pci]\ndevice_spec = 3\npassthrough_whitelist = 2\n[DEFAULT]\npci_passthrough_whitelist = 1\n";

  test("within a file the oldest name comes first, then file by file", () => {
    const conf = readConf([
      { name: "a", text: both },
      { name: "b", text: both },
    ]);
    expect(conf.multi(names).map((confValue) => confValue.value)).toEqual([
      "1",
      "2",
      "3",
      "1",
      "2",
      "3",
    ]);
  });

  test("before 26 device_spec is unknown", () => {
    const conf = readConf([{ name: "a", text: both }]);
    const old = findRelease("25.0.0")!.deviceSpecNames;
    expect(conf.multi(old).map((confValue) => confValue.value)).toEqual(["1", "2"]);
  });

  test("a list is the last file's, within a file the newest name's", () => {
    const filters = findRelease("23.0.0")!.filterNames;
    const text =
      "[filter_scheduler]\nenabled_filters = new\n[DEFAULT]\nscheduler_default_filters = old\n";
    const late = "[DEFAULT]\nscheduler_default_filters = late\n";
    const last = (...texts: readonly string[]): string | undefined =>
      readConf(texts.map((word, index) => ({ name: `${index}`, text: word }))).single(filters)
        ?.value;
    expect(last(text)).toBe("new");
    expect(last(text, late)).toBe("late");
  });

  test("a directory gives its *.conf sorted as text", () => {
    expect(
      confFilesIn(["9.conf", "10-b.conf", "05-a.conf", ".x.conf", "a.conf~", "B.conf"]),
    ).toEqual(["05-a.conf", "10-b.conf", "9.conf", "B.conf"]);
  });
});

describe("$name", () => {
  const conf = readConf([{ name: "f", text: "[DEFAULT]\nhost = node1\nmy_ip = $host\n" }]);
  const lookup = { conf, group: "pci", machine: {} } as const;

  test.each<[string, string]>([
    ["a$$b", "a$b"],
    ["a\\$b", "a$b"],
    ["0a$", "0a$"],
    ['"0a$"', '"0a$"'],
    ["$1", "$1"],
    ["gpu-${host}", "gpu-node1"],
    ["$HOSTx", "$HOSTx"],
    ["$my_ip", "node1"],
    ["$report_in_placement", "False"],
  ])("%j", (value, text) => {
    const got = interpolate(value, lookup);
    if (value === "$HOSTx") expect(got).toHaveProperty("refused");
    else expect(got).toEqual({ text });
  });

  test.each(["$x", "${x}", "$x.y", "$host.", "$pci", "$alias"])("%j cannot be read", (value) => {
    expect(interpolate(value, lookup)).toHaveProperty("refused");
  });

  test("a value of the machine cannot be told", () => {
    expect(interpolate("$state_path", lookup)).toHaveProperty("undecided");
  });
});

describe("writer", () => {
  const values = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));

  test("what is written is read back exactly, and Python reads the JSON that was meant", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (meant) => {
        const written = meant.map((item) => canonicalJson(item));
        const lines: ConfLine[] = written.map((value) => ({ ...alias, value }));
        const read = readConf([{ name: "f", text: writeConf(lines) }]);
        expect(read.problems).toEqual([]);
        const got = read.multi([alias]).map((confValue) => confValue.value);
        expect(got).toEqual(written);
        for (const [index, value] of got.entries()) {
          expect(interpolate(value, { conf: read, group: "pci", machine: {} })).toEqual({
            text: value,
          });
          const loaded = loadJson(value);
          expect(loaded.ok && plainOf(loaded.value)).toEqual({ ...meant[index] });
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each(["", " a", "a ", '"a"', "a$b", "a\nb", "é", "'"])("%j does not survive", (value) => {
    expect(survives(value)).toBe(false);
    expect(() => writeConf([{ ...alias, value }])).toThrow("cannot be written");
  });

  test("an option outside the table is a bug", () => {
    const line = { section: "DEFAULT", option: "debug", value: "true" };
    expect(() => writeConf([line])).toThrow("may not stand in a fragment");
  });

  test("sections and options have one order, values theirs", () => {
    const text = writeConf([
      { section: "pci", option: "report_in_placement", value: "true" },
      { section: "pci", option: "device_spec", value: "{}" },
      { section: "pci", option: "alias", value: "b" },
      { section: "filter_scheduler", option: "pci_in_placement", value: "true" },
      { section: "pci", option: "alias", value: "a" },
    ]);
    expect(text).toBe(
      "[filter_scheduler]\npci_in_placement = true\n\n[pci]\nalias = b\nalias = a\ndevice_spec = {}\nreport_in_placement = true\n",
    );
  });

  test("the digest is of what Nova parses", () => {
    const text = "[pci]\nalias = a\n";
    expect(digestOf(`# comment\n\n${text}; end\n`)).toBe(digestOf(text));
    expect(digestOf("[pci]\nalias=a\n")).toBe(digestOf(text));
    expect(digestOf("[pci]\nalias = b\n")).not.toBe(digestOf(text));
    expect(digestOf("[pci]\nalias = a # x\n")).not.toBe(digestOf(text));
  });
});
