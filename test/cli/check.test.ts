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
  expect(ran.stdout).toMatch(/^nova\.conf:4: error: .*Python, not JSON/);
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

test("a manifest is no file of Nova's", async () => {
  const files = { "nova.yaml": "apiVersion: v1\nkind: ConfigMap\ndata: {}\n" };
  const ran = await check("34.0.0", "nova-compute", files);
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toContain("; this is YAML, which nova-pci import reads");
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

describe("a mistake is named as people made it, with the line to write", () => {
  const alias = '{"name":"g","vendor_id":"10de","product_id":"2330"}';
  const spec = '{"vendor_id":"10de","product_id":"2330"}';
  test.each([
    ["a list", `alias = [${alias}]`, `write one line for each: alias = ${alias}`],
    ["two objects", `alias = ${alias},${alias}`, "repeat the option, one line for each"],
    ["a comment behind", `alias = ${alias}   # GPU`, `no comment at the end of a line`],
    ["curly quotes", `alias = ${alias.replaceAll('"', "\u201d")}`, `write alias = ${alias}`],
    ["a Python dict", "alias = {'name': 'g'}", 'write alias = {"name": "g"}'],
    [
      "a comma too many",
      'device_spec = {"vendor_id":"10de",}',
      "a comma before the closing bracket",
    ],
    ["a map of Go", "alias = map[name:g vendor_id:10de]", "a map as Go prints it"],
    [
      "quotes round lines",
      `device_spec = '{\n  "vendor_id":"10de" }'`,
      "quotes round a value of several lines",
    ],
    ["no end", 'device_spec = {"vendor_id":"10de"', "the closing bracket is missing"],
    ["nothing", "alias =", "the value is empty: remove the line"],
    ["a backslash", `device_spec = {"vendor_id":"10de", \\\n  "product_id":"2330"}`, "a backslash"],
    [
      "a comment inside",
      `device_spec = {"vendor_id":"10de",\n# card\n  "product_id":"2330"}`,
      "the comment above ends the value of device_spec",
    ],
    [
      "an empty line inside",
      `device_spec = {"vendor_id":"10de",\n\n  "product_id":"2330"}`,
      "the empty line above ends the value of device_spec",
    ],
    ["an indented option", `alias = ${alias}\n  device_spec = ${spec}`, "in the first column"],
    [
      "comments inside",
      `device_spec = {\n  "vendor_id":"10de", # maker\n  "product_id":"2330"\n  }`,
      "no comment inside a value of several lines",
    ],
    ["a bracket too many", `device_spec = ${spec}}`, '"}" stands there beside the value'],
    ["a comma behind", `device_spec = ${spec},`, '"," stands there beside the value'],
    ["a quote that nobody closes", `alias = '${alias}`, `write alias = ${alias}`],
    [
      "None of Python",
      'device_spec = {"vendor_id":"10de","physical_network":None}',
      '"physical_network":null}',
    ],
    ["null", `alias = ${alias.replace("}", ',"traits":null}')}`, 'remove "traits"'],
    ["two commas", 'device_spec = {"vendor_id":"10de",,"product_id":"2330"}', "one comma too many"],
    ["no comma", 'device_spec = {"vendor_id":"10de" "product_id":"2330"}', "a comma is missing"],
    ["= for a colon", 'device_spec = {"vendor_id"="10de"}', "JSON wants a colon"],
    ["no braces", 'device_spec = "vendor_id":"10de","product_id":"2330"', "the braces are missing"],
    [
      "pairs",
      "alias = name=g,vendor_id=10de,product_id=2330",
      'write alias = {"name": "g", "vendor_id": "10de", "product_id": "2330"}',
    ],
    [
      "a class alone without Placement",
      'alias = {"name":"g","resource_class":"CUSTOM_GPU"}',
      "pci_in_placement = true in the files of this service",
    ],
    ["one id", 'alias = {"name":"g","vendor_id":"10de"}', 'add "product_id"'],
    [
      "a switch without quotes",
      `alias = ${alias.replace("}", ',"live_migratable":true}')}`,
      'write "live_migratable": "true"',
    ],
    ["a template", '{% if gpu == "a" %}\n{% endif %}', "a template that nobody rendered"],
    ["specs side by side", `device_spec = ${spec} ${spec}`, "one line holds 2 objects"],
  ])("%s", async (_, line, sentence) => {
    const ran = await check("34.0.0", "nova-compute", { "nova.conf": `[pci]\n${line}\n` });
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain(sentence);
  });
});

describe("what Nova takes without a word is a warning", () => {
  test.each([
    ['[pci]\ndev_spec = {"vendor_id":"10de"}\n', "[IgnoredOption]"],
    ['[ pci ]\nalias = {"name":"g"}\n', "[IgnoredOption]"],
    ['[pci]\nDevice_Spec = {"vendor_id":"10de"}\n', "[IgnoredOption]"],
    ['[DEFAULT]\ndevice_spec = {"vendor_id":"10de"}\n', "[IgnoredOption]"],
    ['[pci]\ndevice_spec = {"address":"0000:*:*.*"}\n', "[MatchesEveryDevice]"],
    ['[pci]\ndevice_spec = {"vendor_id":"8086","vendor_id":"10de"}\n', "[DuplicateKey]"],
    ['[pci]\ndevice_spec = {"vendor_id":"8086","trusted":"yes"}\n', "[NotBoolean]"],
    [
      '[pci]\ndevice_spec = {"vendor_id":"8086","live_migratable":"yes"}\n[libvirt]\nlive_migration_permit_post_copy = true\n',
      "[PostCopyMigration]",
    ],
    [
      '[pci]\ndevice_spec = {"address":"0000:84:*.*"}\n[mdev_nvidia-35]\ndevice_addresses = 0000:84:00.0,0000:85:00.0\n',
      "0000:84:00.0 is given to mediated devices",
    ],
  ])("%j", async (text, sentence) => {
    const ran = await check("34.0.0", "nova-compute", { "nova.conf": text });
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toContain(sentence);
  });
});

test.each<[string, string, number, string]>([
  ["nova.scheduler.filters.all_filters", "AcmeFilter", 1, "would not start or not serve"],
  [
    "nova.scheduler.filters.compute_filter.ComputeFilter",
    "PciPassthroughFilter",
    1,
    "is not among available_filters",
  ],
  [
    "nova.scheduler.filters.pci_passthrough_filter.PciPassthroughFilter",
    "PciPassthroughFilter",
    0,
    "would start and serve",
  ],
  ["acme.filters.AcmeFilter", "AcmeFilter", 1, "cannot be decided"],
])("available_filters = %s with %s: %d", async (available, enabled, exit, sentence) => {
  const text = `[filter_scheduler]\navailable_filters = ${available}\nenabled_filters = ${enabled}\n`;
  const ran = await check("34.0.0", "nova-scheduler", { "nova.conf": text });
  expect([ran.exit, ran.stdout]).toEqual([exit, expect.stringContaining(sentence)]);
});

test.each([
  ["enabled_filters = ComputeFilter,PciPassThroughFilter", "write PciPassthroughFilter if that"],
  ['enabled_filters = ["PciPassthroughFilter"]', "without quotes or brackets"],
  ["pci_in_placement = true # since 2025", '"true # since 2025" is not a boolean'],
])("nova-scheduler and %s", async (line, sentence) => {
  const text = `[filter_scheduler]\n${line}\n`;
  const ran = await check("34.0.0", "nova-scheduler", { "nova.conf": text });
  expect([ran.exit, ran.stdout]).toEqual([1, expect.stringContaining(sentence)]);
});

test("a list of filters under a name that nobody reads any more", async () => {
  const text = "[DEFAULT]\nscheduler_default_filters = PciPassthroughFilter\n";
  const ran = await check("34.0.0", "nova-scheduler", { "nova.conf": text });
  expect(ran.stdout).toContain("write [filter_scheduler]enabled_filters [IgnoredOption]");
});

describe("services with files of their own are compared", () => {
  const api = '[pci]\nalias = {"name":"g","vendor_id":"10de","product_id":"2330"}\n';
  const run = (compute: string) => {
    const args = ["--release", "33.0.0", "--service", "nova-api", "api.conf"];
    return runCommand(command, [...args, "--service", "nova-compute", "compute.conf"], {
      "api.conf": api,
      "compute.conf": compute,
    });
  };
  test.each([
    [api.replace("10de", "10DE"), 0, "nova-compute 33.0.0 would start and serve"],
    ["[pci]\n", 1, 'alias "g" stands in nova-api only'],
    [api.replace("2330", "2331"), 1, "says something else in nova-compute (compute.conf:2)"],
    [
      `${api}alias = {"name":"h","vendor_id":"10de","product_id":"2330"}\n`,
      1,
      'alias "h" stands in nova-compute only',
    ],
  ])("%j: %d", async (compute, exit, sentence) => {
    const ran = await run(compute);
    expect([ran.exit, ran.stdout]).toEqual([exit, expect.stringContaining(sentence)]);
  });
});

describe("all that is wrong is said at once", () => {
  test("each alias and each device spec that is wrong by itself", async () => {
    const conf = `[pci]
alias = {"name":"a","vendor_id":"10de","product_id":"20b2","device_type":"PF"}
alias = {"name":"b","vendor_id":"10de","product_id":"20b2"}
alias = {"alias":"c","vendor_id":"10de","product_id":"20b2"}
device_spec = {"address":"0000:81:00.0-7"}
device_spec = {"address":"pci_0000_81_00_0"}
`;
    const ran = await check("34.0.0", "nova-compute", { "nova.conf": conf });
    const lines = ran.stdout
      .split("\n")
      .flatMap((line) => /^nova\.conf:(\d+): error/.exec(line)?.[1] ?? []);
    expect([ran.exit, lines]).toEqual([1, ["2", "4", "5", "6"]]);
  });

  test("a device spec that an earlier one leaves nothing", async () => {
    const conf = `[pci]
device_spec = {"vendor_id":"10de"}
device_spec = {"vendor_id":"8086","product_id":"1572"}
device_spec = {"vendor_id":"10de","product_id":"20b2"}
`;
    const ran = await check("34.0.0", "nova-compute", { "nova.conf": conf });
    expect([ran.exit, ran.stdout.split("\n")[0]]).toEqual([
      0,
      "nova.conf:4: warning: this device spec never matches, because line 2 takes it first [NeverMatches]",
    ]);
  });

  test("a NUL byte is no UTF-16", async () => {
    const nul = { "nova.conf": '[pci]\n# \u0000\ndevice_spec = {"vendor_id":"10de"}\u0000\n' };
    expect((await check("34.0.0", "nova-compute", nul)).stdout).toMatch(
      /^nova\.conf:3: .*NUL byte/,
    );
    const wide = { "nova.conf": "[pci]\nalias = {}\n".replace(/[^]/g, "$&\u0000") };
    expect((await check("34.0.0", "nova-compute", wide)).stdout).toMatch(/UTF-16/);
  });
});

test("a service may be named without nova-", async () => {
  const ran = await check("34.0.0", "compute", { "nova.conf": good });
  expect([ran.exit, ran.stdout.split(" ")[0]]).toEqual([0, "nova-compute"]);
});
