// nova-pci check: one verdict for a service of a release, with file and line.
import { describe, expect, test } from "@jest/globals";
import { command } from "../../src/cli/check.ts";
import { runCommand, type Files } from "./texts-io.ts";

const good = `[pci]
alias = {"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PCI"}
`;
const bare = '[pci]\nalias = {"name":"gpu","device_type":"type-PF"}\n';
const quoted = "[DEFAULT]\nhost = a\n[pci]\nalias = {'name': 'gpu'}\n";

function check(release: string, service: string, files: Files, more: readonly string[] = []) {
  const names = Object.keys(files).filter((name) => !name.includes("/"));
  const args = ["--release", release, "--service", service, ...names, ...more];
  return runCommand(command, args, files);
}

test("fine files are fine for every service that reads them", async () => {
  for (const service of ["nova-api", "nova-compute", "nova-conductor"]) {
    const ran = await check("34.0.0", service, { "nova.conf": good });
    expect(ran).toEqual({
      exit: 0,
      stdout: `${service} 34.0.0 would start and serve with these files\n`,
      stderr: "",
    });
  }
});

test("a scheduler without the filter starts, with a warning", async () => {
  const ran = await check("34.0.0", "nova-scheduler", { "nova.conf": good });
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toMatch(/^warning: .*PciPassthroughFilter.*\[PciFilterMissing\]\n/);
});

test("the point release decides, and the line is named", async () => {
  const before = await check("31.3.0", "nova-compute", { "nova.conf": bare });
  expect(before.exit).toBe(0);
  const after = await check("31.3.1", "nova-compute", { "nova.conf": bare });
  expect(after.exit).toBe(1);
  expect(after.stdout).toMatch(/^nova\.conf:2: error: nova-compute 31\.3\.1 would not start: /);
  const scheduler = await check("31.3.1", "nova-scheduler", { "nova.conf": bare });
  expect(scheduler.exit).toBe(0);
});

test("single quotes are no JSON", async () => {
  const ran = await check("32.0.0", "nova-api", { "nova.conf": quoted });
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toMatch(/^nova\.conf:4: error: .*not JSON/);
});

test("a file that oslo.config cannot parse stops every service", async () => {
  const ran = await check("34", "nova-conductor", { "nova.conf": "[pci]\n alias = {}\n" });
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toMatch(/^nova\.conf:2: error: nova-conductor 34\.0\.0 would not start: /);
  expect(ran.stderr).toBe("nova-pci check: read as Nova 34.0.0; point releases may differ\n");
});

test("files and folders count in the order of the command line", async () => {
  const files = {
    "nova.conf": "[filter_scheduler]\nenabled_filters = ComputeFilter\n",
    "conf.d/10-pci.conf": "[filter_scheduler]\nenabled_filters = RetryFilter\n",
    "conf.d/notes.txt": "no conf",
  };
  const head = ["--release", "34.0.0", "--service", "nova-scheduler"];
  const last = await runCommand(command, [...head, "nova.conf", "--config-dir", "conf.d"], files);
  expect(last.exit).toBe(1);
  expect(last.stdout).toMatch(/^conf\.d\/10-pci\.conf:2: error: .*RetryFilter/);
  const first = await runCommand(command, [...head, "--config-dir", "conf.d/", "nova.conf"], files);
  expect(first.exit).toBe(0);
});

test("--set is read after all files", async () => {
  const classOnly = '[pci]\nalias = {"name":"gpu","resource_class":"CUSTOM_GPU"}\n';
  const without = await check("33.0.2", "nova-compute", { "nova.conf": classOnly });
  expect(without.exit).toBe(1);
  const set = ["--set", "filter_scheduler.pci_in_placement=true"];
  const having = await check("33.0.2", "nova-compute", { "nova.conf": classOnly }, set);
  expect(having.exit).toBe(0);
  const broken = await check("33.0.2", "nova-api", { "nova.conf": good }, ["--set", "pci.alias={"]);
  expect(broken.stdout).toMatch(/^--set pci\.alias:2: error: /);
});

test("what Nova takes and nobody wants is a warning with the name of its policy", async () => {
  const files = { "nova.conf": '[pci]\ndevice_spec = {"vendor":"10de"}\n' };
  const ran = await check("34.0.0", "nova-compute", files);
  expect(ran.exit).toBe(0);
  expect(ran.stdout).toMatch(/nova\.conf:2: warning: .*\[MatchesEveryDevice\]/);
  expect(ran.stdout).toMatch(/nova\.conf:2: warning: .*\[UnknownTag\]/);
});

test("JSON holds the same", async () => {
  const ran = await check("31.3.1", "nova-api", { "nova.conf": bare }, ["-o", "json"]);
  expect(ran.exit).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    release: "31.3.1",
    service: "nova-api",
    serves: false,
    findings: [{ policy: "NovaRefuses", severity: "refuse", file: "nova.conf", line: 2 }],
  });
});

describe("a mistake of the user is a sentence and exit code 2", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], "--release is missing"],
    [["--release", "34"], "--service is missing: write one of nova-api"],
    [["--release", "34", "--service", "nova"], "--service nova is unknown"],
    [["--release", "34", "--service", "nova-api"], "no file: give FILE"],
    [["--release", "34", "--service", "nova-api", "no.conf"], "no.conf: no such file"],
    [["--release", "34", "--service", "nova-api", "--config-dir", "no"], "no: no such file"],
    [["--release", "34", "--service", "nova-api", "x", "--set", "alias"], "--set alias: write"],
  ];
  test.each(wrong)("%j", async (args, sentence) => {
    const ran = await runCommand(command, args, { x: "" });
    expect([ran.exit, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain(`nova-pci check: ${sentence}`);
  });
});

test("help says how to call it and exits 0", async () => {
  const ran = await runCommand(command, ["--help"]);
  expect([ran.exit, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain("nova-pci check --release 32.0.0 --service nova-compute");
});
