// The program of a pre-flight Job, run by its own command line against real Nova: what it accepts,
// what it refuses and whom it blames, and what it cannot tell.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflightCommand } from "../../../src/plan/preflight/program.ts";
import { readAnswer } from "../../../src/plan/preflight/answer.ts";
import { describeWhereHad } from "../../support/needs.ts";
import { installNova, missingForOracle, type InstalledNova } from "../oracle-install.ts";

const releases = ["29.4.0", "31.3.1", "32.2.1", "34.0.0"] as const;
/** One process takes two seconds: the rest is asked of the oldest and the newest alone. */
const askedOfAll = /what is right|unknown type|no JSON|no boolean/;

const alias = (name: string, more = ""): string =>
  `alias = { "name": "${name}", "vendor_id": "10de", "product_id": "20b0"${more} }`;
const spec = (product = "20b0", more = ""): string =>
  `device_spec = { "vendor_id": "10de", "product_id": "${product}"${more} }`;

type World = {
  readonly fragment: readonly string[];
  /** Files beside it, by their path below the folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** How nova-compute is started; {at} is the folder. */
  readonly words?: readonly string[];
  readonly verdict: "accepted" | "refused" | "unknown";
  readonly said?: RegExp;
  readonly blamed?: readonly string[];
};

const base = { "nova.conf": "[DEFAULT]\ndebug = true\n[pci]\n" };

const worlds: Readonly<Record<string, World>> = {
  "what is right": {
    fragment: [alias("gpu"), spec(), spec("20b1", ', "address": "0000:41:00.*"')],
    verdict: "accepted",
  },
  "a switch of Placement": {
    fragment: ["report_in_placement = true", spec()],
    verdict: "accepted",
  },
  "an alias of an unknown type": {
    fragment: [alias("gpu"), alias("bad", ', "device_type": "type-GPU"'), spec()],
    verdict: "refused",
    said: /^nova\.exception\.PciInvalidAlias: Invalid PCI alias definition: .*type-GPU/,
    blamed: ["alias 1"],
  },
  "a device spec that is not JSON": {
    fragment: [spec(), "device_spec = { broken", alias("gpu"), spec("20b1")],
    verdict: "refused",
    said: /^nova\.exception\.PciConfigInvalidSpec: Invalid \[pci\]device_spec config/,
    blamed: ["device_spec 1"],
  },
  "a product that is too long": {
    fragment: [spec("20b01")],
    verdict: "refused",
    said: /PciConfigInvalidSpec|PciDeviceInvalidAddressField|property product_id/,
    blamed: ["device_spec 0"],
  },
  "a switch that is not a boolean": {
    fragment: [alias("gpu"), spec(), "report_in_placement = perhaps"],
    verdict: "refused",
    said: /^oslo_config\.cfg\.ConfigFileValueError: /,
    blamed: [],
  },
  "a file that is none": {
    fragment: ["alias"],
    verdict: "refused",
    said: /^oslo_config\.cfg\.ConfigFileParseError: /,
    blamed: [],
  },
  "what refuses without us": {
    fragment: [alias("gpu")],
    files: { "nova.conf": "[pci]\nalias = { broken\n" },
    verdict: "unknown",
    said: /it refuses its own files, without the fragment: nova\.exception\.PciInvalidAlias/,
  },
  "the fragment that was there before does not count": {
    fragment: [alias("gpu")],
    files: { ...base, "nova.conf.d/95-nova-pci.conf": "[pci]\nalias = { broken\n" },
    verdict: "accepted",
  },
  "a file that an init container writes": {
    fragment: [spec("20b01")],
    words: ["nova-compute", "--config-file", "{at}/nova.conf", "--config-file", "{at}/made.conf"],
    verdict: "refused",
  },
  "a script that hides the arguments": {
    fragment: [alias("gpu")],
    files: { ...base, "start.sh": "exec nova-compute --config-dir {at}/elsewhere\n" },
    words: ["{at}/start.sh"],
    verdict: "unknown",
    said: /its command does not read .*nova\.conf\.d$/,
  },
  "a name that stands on the host's network": {
    fragment: ['device_spec = { "devname": "enp1s0f0", "physical_network": "net" }'],
    verdict: "accepted",
  },
};

const asksNova = (release: (typeof releases)[number]) => () => {
  let nova: InstalledNova;
  let at: string;
  beforeAll(async () => {
    nova = await installNova(release);
  }, 600_000);
  beforeEach(() => {
    at = mkdtempSync(join(tmpdir(), "nova-pci-preflight-"));
  });
  afterEach(() => rmSync(at, { recursive: true, force: true }));

  const isEnd = release === releases[0] || release === releases.at(-1);
  const cases = Object.entries(worlds).filter(([name]) => isEnd || askedOfAll.test(name));
  test.each(cases)("%s", (_, world) => {
    const answer = ask(at, world, nova);
    expect(answer).toMatchObject({ verdict: world.verdict });
    if (world.said !== undefined) expect(answer.words).toMatch(world.said);
    if (world.blamed !== undefined) expect(answer.blamed).toEqual(world.blamed);
  });
};

function ask(
  at: string,
  { fragment, files = base, words = ["nova-compute"] }: World,
  nova: InstalledNova,
) {
  const real = (text: string): string => text.replaceAll("{at}", at);
  for (const folder of ["nova.conf.d", "new", "bin"]) mkdirSync(join(at, folder));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), real(text));
  writeFileSync(join(at, "new/95-nova-pci.conf"), ["[pci]", ...fragment, ""].join("\n"));
  // The interpreter is found by the first line of nova-compute.
  writeFileSync(join(at, "bin/nova-compute"), `#!${nova.python}\n`);
  chmodSync(join(at, "bin/nova-compute"), 0o755);
  return run(at, words.map(real), { PYTHONPATH: nova.path });
}

function run(at: string, words: readonly string[], env: Readonly<Record<string, string>>) {
  const fragment = join(at, "new/95-nova-pci.conf");
  const [program, ...args] = preflightCommand({ folder: at, fragment, words });
  const { stdout, status } = spawnSync(program!, args, {
    env: { PATH: join(at, "bin"), ...env },
    encoding: "utf8",
  });
  const answer = readAnswer(stdout);
  expect(status).toBe({ accepted: 0, refused: 3, unknown: 4 }[answer.verdict]);
  return answer;
}

for (const release of releases)
  describeWhereHad(missingForOracle(release), `Nova ${release}`, asksNova(release));

describe("an image without Nova", () => {
  test("has no opinion", () => {
    const at = mkdtempSync(join(tmpdir(), "nova-pci-preflight-"));
    mkdirSync(join(at, "bin"));
    symlinkSync("/bin/false", join(at, "bin/python3"));
    const said = run(at, ["nova-compute"], {});
    rmSync(at, { recursive: true });
    expect(said).toEqual({
      verdict: "unknown",
      words: "the image has no Python with Nova",
      blamed: [],
    });
  });
});
