// What people have in nova.conf, read by real Nova and by the command line: `check` says what Nova
// says, `match` gives each device of a host to the spec that Nova gives it to, and what `import`
// prints means the same to Nova when it comes back as a fragment.
import { afterAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command as check } from "../../../src/cli/check.ts";
import { command as importCommand } from "../../../src/cli/import.ts";
import { command as match } from "../../../src/cli/match.ts";
import { firstLook } from "../../../src/cli/played/offline.ts";
import { outcome } from "../../../src/plan/outcome.ts";
import { configurations } from "../../cli/field/configurations.ts";
import { inventory, novaDevices, novaHost } from "../../cli/field/host.ts";
import { spellings } from "../../cli/field/spellings.ts";
import { runCommand } from "../../cli/texts-io.ts";
import { releasesThatRun, startOracle, type Loaded, type Oracle } from "../oracle.ts";

const texts = [...configurations, ...spellings];

/** Releases before 26 know the device specs by their old name only. */
function writtenFor(release: string): typeof texts {
  if (!release.startsWith("25.")) return texts;
  const renamed = texts.map(
    ([name, text]) => [name, text.replaceAll("device_spec =", "passthrough_whitelist =")] as const,
  );
  return [...texts, ...renamed];
}
const folder = mkdtempSync(join(tmpdir(), "nova-pci-field-"));
const started: Oracle[] = [];
afterAll(async () => {
  await Promise.all(started.map((oracle) => oracle.stop()));
  rmSync(folder, { recursive: true });
}, 60_000);

test("each text is another one", () => {
  expect(new Set(texts.map(([, text]) => text)).size).toBe(texts.length);
  expect(configurations).toHaveLength(44);
  expect(spellings.length).toBeGreaterThanOrEqual(90);
});

describe.each(releasesThatRun(["25.3.0", "29.4.0", "31.3.1", "34.0.0"]))("nova %s", (release) => {
  let nova: Oracle;
  const oracle = async (): Promise<Oracle> => {
    if (nova === undefined) started.push((nova = await startOracle(release)));
    return nova;
  };

  async function loaded(text: string): Promise<Loaded> {
    const file = join(folder, "nova.conf");
    writeFileSync(file, text);
    return (await oracle()).load([file], false);
  }

  /** The values that Nova reads, as it reads them. */
  async function valuesOf(text: string) {
    const [answer] = await (await oracle()).judge([{ kind: "ini", input: text }]);
    return answer!.parsed as { readonly alias: string[]; readonly device_spec: string[] };
  }

  test("check says what Nova says", async () => {
    const wrong: string[] = [];
    for (const [name, text] of writtenFor(release))
      for (const service of ["nova-api", "nova-compute"]) {
        const args = ["--release", release, "--service", service, "-o", "json", "nova.conf"];
        const { stdout } = await runCommand(check, args, { "nova.conf": text });
        const { verdict } = JSON.parse(stdout) as { readonly verdict: string };
        const said = (await fails(text, service)) ? "refused" : "serves";
        // What an option of this machine holds is known there only.
        if (verdict !== said && !(verdict === "undecided" && text.includes("$host")))
          wrong.push(`${name}, ${service}: ${verdict}, and Nova: ${said}`);
      }
    expect(wrong).toEqual([]);
  }, 300_000);

  /** Whether the service dies at start or fails the requests that its files are for. */
  async function fails(text: string, service: string): Promise<boolean> {
    const said = await loaded(text);
    if ([said.files, said.alias, said.device_spec].some((word) => typeof word === "string"))
      return true;
    // Only nova-compute reports; a value that is not a boolean stops everybody who reads it.
    if (typeof said.placement === "string")
      return service === "nova-compute" || !said.placement.includes("devname");
    return service === "nova-api" && text.includes("pci_in_placement") && requestFails(text);
  }

  async function requestFails(text: string): Promise<boolean> {
    const { alias } = await valuesOf(text);
    if (alias.length === 0) return false;
    const name = (JSON.parse(alias[0]!) as { readonly name: string }).name;
    const input = { aliases: alias, flavor: `${name}:1` };
    const [answer] = await (
      await oracle()
    ).judge([{ kind: "request", input, conf: { pci_in_placement: true } }]);
    return answer!.verdict === "reject";
  }

  /** For each device the index of its spec, where Nova takes all of them. */
  async function takenBy(specs: readonly string[], reports: boolean): Promise<unknown> {
    const input = { specs, devices: novaDevices };
    const conf = reports ? { report_in_placement: true } : {};
    const [answer] = await (
      await oracle()
    ).judge([{ kind: "device_match", input, conf, host: novaHost }]);
    return answer!.verdict === "accept" ? answer!.matches : answer!.verdict;
  }

  test("match gives each device to the spec that Nova gives it to", async () => {
    let compared = 0;
    for (const [name, text] of writtenFor(release)) {
      if (text.includes("$host") || (await fails(text, "nova-compute"))) continue;
      const { device_spec } = await valuesOf(text);
      const matches = await takenBy(device_spec, text.includes("report_in_placement = true"));
      if (device_spec.length === 0 || !Array.isArray(matches)) continue;
      const args = ["--release", release, "--conf", "nova.conf", "--inventory", "-", "-o", "json"];
      const { stdout } = await runCommand(match, args, { "nova.conf": text }, inventory);
      const { devices } = JSON.parse(stdout) as { readonly devices: { takenBy: string | null }[] };
      expect([name, devices.map((device) => device.takenBy !== null)]).toEqual([
        name,
        matches.map((value) => value !== null),
      ]);
      expect([name, firsts(devices.map((device) => device.takenBy))]).toEqual([
        name,
        firsts(matches),
      ]);
      compared++;
    }
    expect(compared).toBeGreaterThan(40);
  }, 300_000);

  test("what import prints means the same to Nova", async () => {
    let equal = 0;
    for (const [name, text] of writtenFor(release)) {
      const args = ["nova.conf", "--release", release];
      const ran = await runCommand(importCommand, args, { "nova.conf": text });
      if (ran.exit !== 0) {
        expect([name, ran.exit > 0, ran.stderr === ""]).toEqual([name, true, false]);
        if (!ran.stderr.split("\n").every((line) => /^$|no device spec that was read/.test(line)))
          continue;
      }
      // Nova refuses what is told twice without a type; told once it is what was meant.
      if (ran.stdout.includes("says the same as")) continue;
      expect([name, await fails(text, "nova-compute")]).toEqual([name, false]);
      const { compute, api } = await fragmentsOf(ran.stdout);
      expect([name, await meaningOf(compute)]).toEqual([name, await meaningOf(text)]);
      expect([name, await aliasesOf(api)]).toEqual([name, await aliasesOf(text)]);
      equal++;
    }
    expect(equal).toBeGreaterThan(40);
  }, 600_000);

  /** The pools that nova-compute makes of the host. */
  async function meaningOf(text: string): Promise<unknown> {
    const { device_spec: specs } = await valuesOf(text);
    const input = { specs, aliases: [], devices: novaDevices };
    const [answer] = await (await oracle()).judge([{ kind: "schedule", input, host: novaHost }]);
    if (answer!.verdict !== "accept") return [answer!.verdict, answer!.error];
    const { pools } = answer!.parsed as { readonly pools: readonly object[] };
    return pools.map((pool) => JSON.stringify(sorted(asked(pool, release)))).sort();
  }

  /** What the aliases ask for: of Placement, or of the pools of nova-compute. */
  async function aliasesOf(text: string): Promise<unknown> {
    const { alias } = await valuesOf(text);
    if (text.includes("pci_in_placement = true")) {
      const conf = { pci_in_placement: true };
      const cases = alias.map((word) => {
        const { name } = JSON.parse(word) as { readonly name: string };
        return { kind: "request", input: { aliases: alias, flavor: `${name}:1` }, conf };
      });
      const answers = await (await oracle()).judge(cases);
      return answers.map((item) => [item.verdict, sorted(item.parsed)]);
    }
    const [answer] = await (await oracle()).judge([{ kind: "alias", input: alias }]);
    return [answer!.verdict, alternatives(answer!.parsed)];
  }
});

/** Which devices go to the same spec, whatever the specs are called. */
function firsts(all: readonly unknown[]): readonly number[] {
  return all.map((item) => all.indexOf(item));
}

/** Without the tags that no request of this release can name. */
function asked(pool: object, release: string): object {
  const series = Number(release.split(".")[0]);
  const labels = ["name", "description", "device_type"];
  if (series < 31) labels.push("managed", "live_migratable");
  if (series < 32) labels.push("one_time_use");
  const rows = Object.entries(pool).filter(([key]) => !labels.includes(key));
  return Object.fromEntries(rows);
}

type Aliases = Readonly<
  Record<string, { readonly numa_policy: string; readonly specs: readonly object[] }>
>;

/** Nova compares ids whatever their case, and an alternative told twice is none more. */
function alternatives(parsed: unknown): unknown {
  return Object.entries((parsed ?? {}) as Aliases)
    .map(([name, { numa_policy, specs }]) => {
      const texts = specs.map((spec) =>
        JSON.stringify(sorted(spec), (key, value: unknown) =>
          key.endsWith("_id") ? String(value).toLowerCase() : value,
        ),
      );
      return [name, numa_policy, ...[...new Set(texts)].sort()];
    })
    .sort();
}

async function fragmentsOf(printed: string) {
  const { objects } = readYaml("out.yaml", printed);
  const found = outcome(await firstLook({ namespace: "openstack", objects }));
  return {
    compute: found.computes[0]?.fragment.text ?? "",
    api: found.services.api?.text ?? "",
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([text], [other]) => (text < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
