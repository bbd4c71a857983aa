// Where our fragment is parsed among the files of the chart, for each way in which charts start Nova.
import { expect, test } from "@jest/globals";
import { fragmentPlace, readingOrder, startOf } from "../../src/cluster/reads/reading-order.ts";

const main = "/etc/nova/nova.conf";
const folder = "/etc/nova/nova.conf.d";
const paths = [
  `${folder}/20-b.conf`,
  main,
  "/etc/nova/policy.yaml",
  "/etc/nova/x.conf",
  `${folder}/10-a.conf`,
  `${folder}/readme.txt`,
];

test.each([
  {
    name: "without a command line: the defaults, files before folders",
    command: ["nova-compute"],
    order: [main, `${folder}/10-a.conf`, `${folder}/20-b.conf`],
    place: "last",
  },
  {
    name: "with a file named: the default folder first, so that the base wins",
    command: ["sh", "-c", "exec nova-compute --config-file /etc/nova/x.conf"],
    order: [`${folder}/10-a.conf`, `${folder}/20-b.conf`, "/etc/nova/x.conf"],
    place: "first",
  },
  {
    name: "with the folder after the file: ours last",
    command: ["nova-compute", "--config-file", main, "--config-dir", `${folder}/`],
    order: [main, `${folder}/10-a.conf`, `${folder}/20-b.conf`],
    place: "last",
  },
  {
    name: "with the folder before the file: as it stands there",
    command: ["nova-compute", `--config-dir=${folder}/`, "--config-file", main],
    order: [`${folder}/10-a.conf`, `${folder}/20-b.conf`, main],
    place: "first",
  },
] as const)("files are parsed $name", ({ command, order, place }) => {
  const start = startOf({ command, args: [] }, "nova-compute", { texts: new Map() });
  expect(readingOrder(start, paths)).toEqual(order);
  expect(fragmentPlace(start, readingOrder(start, paths))).toBe(place);
});

test.each([
  ["a script that nobody can read", undefined, "unseen"],
  ["a script with a file", `exec nova-compute \\\n      --config-file ${main}`, "first"],
  [
    "a script with a folder as well",
    `exec nova-compute \\\n --config-file ${main} \\\n --config-dir ${folder}\n`,
    "last",
  ],
  ["a script without arguments", "set -ex\nexec nova-compute\n", "last"],
] as const)("%s: ours is %s %s", (_name, script, place) => {
  const container = { command: ["/tmp/nova-compute.sh"], args: [] };
  const start = startOf(container, "nova-compute", {
    texts: new Map(),
    ...(script === undefined ? {} : { script }),
  });
  expect(fragmentPlace(start, [main])).toBe(place);
});

test.each([
  ["the application's own arguments", `pyargv = --config-file ${main}`, "first"],
  ["none of them", "processes = 4", "last"],
] as const)("uWSGI hands on %s: ours is %s %s", (_name, line, place) => {
  const texts = new Map([["/etc/nova/uwsgi.ini", `[uwsgi]\n${line}\n`]]);
  const container = { command: ["uwsgi", "--ini", "/etc/nova/uwsgi.ini"], args: [] };
  expect(fragmentPlace(startOf(container, "nova-api", { texts }), [main])).toBe(place);
});
