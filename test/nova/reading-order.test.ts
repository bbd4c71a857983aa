// The order in which real oslo.config parses files, asked for every way in which the deployment tools
// start Nova, against the order that we read the chart's nova.conf by.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fragmentPlace, readingOrder, startOf } from "../../src/cluster/reads/reading-order.ts";
import { installNova, missingForOracle, type InstalledNova } from "./oracle-install.ts";

const releases = ["31.3.1", "34.0.0"] as const;

/** Each file names itself, as an alias and as the one value of a list. */
const files = [
  "nova.conf",
  "nova-compute.conf",
  "other.conf",
  "nova.conf.d/10-base.conf",
  "nova.conf.d/95-nova-pci.conf",
  "nova.conf.d/99-of-an-editor.conf~",
  "nova.conf.d/.99-hidden.conf",
  "nova.conf.d/more/99-deeper.conf",
  "nova-compute.conf.d/50-more.conf",
  "elsewhere/20-site.conf",
];

/** argv of the process; uWSGI's application is given its default file by Nova's wsgi.py. */
type Way = {
  readonly name: string;
  readonly argv: readonly string[];
  readonly wsgi?: true;
  /** The file that OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES name instead. */
  readonly named?: string;
};
const at = "/etc/nova";
const ways: readonly Way[] = [
  { name: "nothing on the command line", argv: [] },
  { name: "one file", argv: ["--config-file", `${at}/nova.conf`] },
  {
    name: "two files",
    argv: ["--config-file", `${at}/nova.conf`, "--config-file", `${at}/other.conf`],
  },
  {
    name: "a file, then the folder",
    argv: ["--config-file", `${at}/nova.conf`, "--config-dir", `${at}/nova.conf.d`],
  },
  {
    name: "the folder, then a file",
    argv: ["--config-dir", `${at}/nova.conf.d`, "--config-file", `${at}/nova.conf`],
  },
  { name: "another folder alone", argv: [`--config-dir=${at}/elsewhere`] },
  {
    name: "two folders",
    argv: [`--config-dir=${at}/nova.conf.d/`, `--config-dir=${at}/elsewhere`],
  },
  {
    name: "a folder, a file and the folder of the defaults",
    argv: [
      ...["--config-dir", `${at}/elsewhere`, "--config-file", `${at}/other.conf`],
      ...["--config-dir", `${at}/nova.conf.d`],
    ],
  },
  {
    name: "the folder twice",
    argv: ["--config-dir", `${at}/nova.conf.d`, "--config-dir", `${at}/nova.conf.d`],
  },
  {
    name: "a file twice, and another between",
    argv: ["nova.conf", "other.conf", "nova.conf"].flatMap((text) => [
      "--config-file",
      `${at}/${text}`,
    ]),
  },
  {
    name: "our file by its name, and its folder",
    argv: [
      ...["--config-file", `${at}/nova.conf.d/95-nova-pci.conf`],
      ...["--config-file", `${at}/nova.conf`, "--config-dir", `${at}/nova.conf.d`],
    ],
  },
  {
    name: "a file below the folder, and no folder",
    argv: ["--config-file", `${at}/nova.conf.d/10-base.conf`],
  },
  { name: "a WSGI server without arguments", argv: [], wsgi: true },
  {
    name: "a WSGI server that hands a file on",
    argv: ["--config-file", `${at}/nova.conf`],
    wsgi: true,
  },
];

const script = `
import json, sys
from oslo_config import cfg
asked = json.loads(sys.stdin.read())
conf = cfg.ConfigOpts()
conf.register_opt(cfg.MultiStrOpt('alias', default=[]), group='pci')
conf.register_opt(cfg.ListOpt('enabled_filters', default=[]), group='filter_scheduler')
more = {'default_config_files': asked['defaults']} if asked['defaults'] else {}
conf(asked['argv'], project='nova', prog='nova-compute', **more)
print(json.dumps({'lists': conf.pci.alias, 'scalar': conf.filter_scheduler.enabled_filters}))
`;
import { describeWhereHad } from "../support/needs.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "nova-pci-oslo-"));
  for (const file of files) {
    const path = join(home, ".nova", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `[pci]\nalias = ${file}\n[filter_scheduler]\nenabled_filters = ${file}\n`);
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** oslo.config looks into ~/.nova as it looks into /etc/nova. */
function ask(
  { python }: InstalledNova,
  way: Way,
): { readonly lists: readonly string[]; readonly scalar: readonly string[] } {
  const real = (path: string): string => path.replace(at, join(home, ".nova"));
  const input = JSON.stringify({
    argv: way.argv.map(real),
    defaults: way.wsgi === true ? [real(`${at}/${way.named ?? "nova.conf"}`)] : [],
  });
  const { stdout, stderr, status } = spawnSync(python, ["-c", script], {
    input,
    env: { HOME: home },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof ask>;
}

const asksOsloConfig = (release: (typeof releases)[number]) => () => {
  let nova: InstalledNova;
  beforeAll(async () => {
    nova = await installNova(release);
  }, 600_000);

  test("looks into our directory whichever files a WSGI server's environment names", () => {
    const way: Way = { name: "", argv: [], wsgi: true, named: "elsewhere/20-site.conf" };
    expect(ask(nova, way).lists).toEqual(
      expect.arrayContaining(["elsewhere/20-site.conf", "nova.conf.d/95-nova-pci.conf"]),
    );
  });

  test.each(ways)("parses $name", (way) => {
    const program = way.wsgi === true ? "nova-api" : "nova-compute";
    const command = way.wsgi === true ? ["uwsgi", "--ini", `${at}/uwsgi.ini`] : ["nova-compute"];
    const ini = `[uwsgi]\n${way.argv.length === 0 ? "" : `pyargv = ${way.argv.join(" ")}\n`}`;
    const start = startOf({ command, args: way.wsgi === true ? [] : way.argv }, program, {
      texts: new Map([[`${at}/uwsgi.ini`, ini]]),
    });
    const paths = files.map((file) => `${at}/${file}`);
    const order = readingOrder(start, paths).map((path) => path.slice(at.length + 1));
    const told = ask(nova, way);
    // What is parsed twice counts where it was last.
    const lists = told.lists.filter((file, place) => told.lists.lastIndexOf(file) === place);
    const said = { ...told, lists };
    // A WSGI process is no nova-compute: its own default files have other names.
    const ofProgram = (file: string): boolean =>
      way.wsgi !== true || !file.startsWith("nova-compute.conf");
    expect(order).toEqual(said.lists.filter(ofProgram));
    const ours = "nova.conf.d/95-nova-pci.conf";
    if (!said.lists.includes(ours)) return;
    const base = paths
      .filter((path) => !path.endsWith(ours))
      .filter((path) => order.includes(path.slice(at.length + 1)));
    const before = said.lists.filter(ofProgram);
    const wins = before.at(-1) === ours ? "last" : "first";
    expect(fragmentPlace(start, base)).toBe(wins);
    if (way.wsgi !== true) expect(said.scalar).toEqual([before.at(-1)]);
  });
};

for (const release of releases)
  describeWhereHad(
    missingForOracle(release),
    `oslo.config beside Nova ${release}`,
    asksOsloConfig(release),
  );
