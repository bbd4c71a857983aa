// Arbitrary nova.conf texts: lines of every sort in any order.
import fc from "fast-check";
import { blank, mostly, oddCharacter, padded, type Text } from "./text.ts";

const section: Text = mostly(
  fc.constantFrom("[pci]", "[pci]", "[DEFAULT]"),
  fc.oneof(
    fc.constantFrom(
      "[PCI]",
      "[Pci]",
      "[default]",
      "[ pci ]",
      "[pci] ",
      "[pci]x",
      "[pci",
      "[]",
      "[ ]",
      "[[pci]]",
      "[pci]]",
      " [pci]",
    ),
    fc.constantFrom("[filter_scheduler]", "[pci]\t", "[pci]\xa0", "[pci] # x", "[pcı]", "[пси]"),
    blank.map((odd) => `[pci]${odd}`),
  ),
  4,
);

const key: Text = mostly(
  fc.constantFrom(
    "alias",
    "alias",
    "device_spec",
    "passthrough_whitelist",
    "pci_alias",
    "pci_passthrough_whitelist",
  ),
  fc.oneof(
    fc.constantFrom(
      "ALIAS",
      "Alias",
      "device-spec",
      "dev_spec",
      "",
      "host",
      "a b",
      "alias alias",
      "#alias",
      "'alias'",
      "pci.alias",
    ),
    blank.map((odd) => `alias${odd}`),
    blank.map((odd) => `${odd}alias`),
  ),
  8,
);

const delimiter: Text = mostly(
  fc.constantFrom(" = ", "=", " =", "= "),
  fc.constantFrom(":", " : ", "", " ", "==", " := ", "=:", " =\t", "=\xa0", "=\ufeff"),
  5,
);

const plainValue: Text = fc.constantFrom(
  "x",
  '{"name":"a"}',
  "{'a': 1}",
  "1",
  "a b",
  "[x]",
  "a=b",
  "a:b",
  "{",
);

const quotedValue: Text = fc
  .tuple(fc.constantFrom('"', "'"), plainValue, fc.constantFrom('"', "'", "", '"', "'"))
  .map((parts) => parts.join(""));

const reference: Text = fc.constantFrom(
  ...[
    "$$",
    "a$$b",
    "\\$x",
    "\\\\$x",
    "$",
    "$ x",
    "$1",
    "$-",
    "$é",
    "a$",
    "${",
    "${}",
    "${x",
    "$.x",
    "$$x",
    "$$$x",
    "\\$$x",
  ],
  ...[
    "$nothere",
    "${nothere}",
    "$pci.nothere",
    "$nogroup.x",
    "${nogroup.x}",
    "${DEFAULT.nothere}",
    "$nothere.",
    "a$nothere",
  ],
  ...[
    "$host",
    "${host}",
    "$DEFAULT.host",
    "$HOST",
    "$host.x",
    "$host$host",
    "$hostx",
    "${ host }",
    "$host-1",
    "$_host",
    "$host_",
  ],
  ...["$force_raw_images", "$pci.report_in_placement", "${filter_scheduler.pci_in_placement}"],
);

const value: Text = fc.oneof(
  { weight: 5, arbitrary: plainValue },
  { weight: 3, arbitrary: quotedValue },
  { weight: 3, arbitrary: reference },
  { weight: 2, arbitrary: padded(plainValue) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      '""',
      "''",
      '"',
      "'",
      '"""',
      "\"'",
      "x # y",
      "x ; y",
      "a\\",
      "\\n",
      "%s",
      "%(x)s",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(plainValue, oddCharacter, plainValue).map((all) => all.join("")),
  },
);

const assignment: Text = fc.tuple(key, delimiter, value).map((all) => all.join(""));

const line: Text = fc.oneof(
  { weight: 10, arbitrary: assignment },
  { weight: 3, arbitrary: section },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(" ", "\t", "    ", " \t"), value)
      .map((both) => both.join("")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "# note",
      "; note",
      "#",
      " # note",
      "  ",
      "\t",
      " ; x",
      "#alias = x",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      blank,
      blank.map((odd) => `${odd}x = 1`),
      plainValue,
      fc.constantFrom("host = node1", "alias", "host ="),
    ),
  },
);

const ending: Text = mostly(
  fc.constant("\n"),
  fc.constantFrom("\r\n", "\r", "\n\n", "\n\r", "\f\n", "\x85", "\u2028"),
  25,
);

/** `$host` means what the text says: what it is on a machine without it is no question here. */
const head = fc
  .tuple(fc.constantFrom("node1", "node2"), fc.constantFrom("true", "Yes", "off", "0", "t", "'on'"))
  .map(([host, word]) =>
    [
      `[DEFAULT]\nhost = ${host}\nforce_raw_images = ${word}\n`,
      `[pci]\nreport_in_placement = ${word}\n`,
      `[filter_scheduler]\npci_in_placement = ${word}\n`,
    ].join(""),
  );

const fileText: Text = fc
  .tuple(
    mostly(fc.constant(""), fc.constantFrom("\ufeff", "\n", " \n", "# head\n", "\0"), 20),
    head,
    section,
    fc.array(fc.tuple(line, ending), { minLength: 1, maxLength: 6 }),
    mostly(fc.constant(""), line, 8),
  )
  .map(([before, first, opened, lines, last]) =>
    [before, first, opened, "\n", ...lines.flat(), last].join(""),
  );

export const fileTexts: fc.Arbitrary<string | readonly string[]> = mostly<
  string | readonly string[]
>(fileText, fc.array(fileText, { minLength: 1, maxLength: 3 }), 2);

/** A whole file with values of one option as somebody would write them, quoted or over lines. */
export function fileWith(names: readonly string[], values: fc.Arbitrary<readonly string[]>): Text {
  const written = fc.constantFrom(
    (text: string) => text,
    (text: string) => text,
    (text: string) => `'${text}'`,
    (text: string) => `"${text}"`,
    (text: string) => text.replaceAll(",", ",\n   "),
    (text: string) => `${text} # note`,
  );
  const switches = mostly(
    fc.constant(""),
    fc
      .tuple(
        fc.constantFrom(
          "[filter_scheduler]\npci_in_placement",
          "[pci]\nreport_in_placement",
          "[PCI]\nreport_in_placement",
        ),
        fc.constantFrom("true", "True", "yes", "on", "1", "false", "0", "", "maybe", "t", "'true'"),
      )
      .map(([option, to]) => `${option} = ${to}\n`),
    2,
  );
  return fc
    .tuple(switches, fc.constantFrom(...names), values, written, section)
    .map(([head, name, all, write, opened]) => {
      const lines = all.map((text) => `${name} = ${write(text)}\n`);
      return [head, opened, "\n", ...lines].join("");
    });
}
