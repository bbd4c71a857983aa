// Writes the dashboards of Grafana beside this file: node deploy/dashboards/generate.js. What a panel
// shows is one row here; a test compares the files with these rows and runs every expression.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const here = import.meta.dirname;
const source = { type: "prometheus", uid: "${datasource}" };
const within = 'namespace=~"$namespace"';

/** Two replicas may both have been leader within one scrape: the larger counts once. */
const devices = `max by (namespace, node, resource_class, state) (nova_pci_devices{${within}})`;
const operator = 'name="nova-pci-operator"';

/** kind, title, expression, legend, and what a panel of its kind may need. */
const boards = {
  capacity: {
    title: "PCI devices: capacity",
    rows: [
      ["stat", "Free", `sum(${devices.replace("}", ',state="free"}')})`, "free"],
      ["stat", "Used", `sum(${devices.replace("}", ',state="used"}')})`, "used"],
      [
        "stat",
        "Reserved or excluded",
        `sum(${devices.replace("}", ',state=~"reserved|excluded"}')})`,
        "reserved",
      ],
      [
        "stat",
        "Placement can be read",
        `min(max by (namespace) (nova_pci_devices_known{${within}}))`,
        "known",
      ],
      ["lines", "Devices by state", `sum by (state) (${devices})`, "{{state}}", { stacked: true }],
      [
        "lines",
        "Free devices by class",
        `sum by (namespace, resource_class) (${devices.replace("}", ',state="free"}')})`,
        "{{namespace}} {{resource_class}}",
      ],
      [
        "lines",
        "Part in use, by class",
        `sum by (resource_class) (${devices.replace("}", ',state="used"}')}) / sum by (resource_class) (${devices})`,
        "{{resource_class}}",
        { unit: "percentunit" },
      ],
      [
        "lines",
        "Servers that still fit, by flavor (at most)",
        `max by (namespace, flavor) (nova_pci_flavor_fit{${within}})`,
        "{{namespace}} {{flavor}}",
      ],
      [
        "table",
        "Nodes with the fewest free devices",
        `bottomk(20, sum by (namespace, node) (${devices.replace("}", ',state="free"}')}))`,
        "{{node}}",
      ],
    ],
  },
  rollout: {
    title: "PCI devices: rollout",
    rows: [
      [
        "stat",
        "Halted",
        `max(max by (namespace) (nova_pci_rollout_halted{${within}}))`,
        "halted",
        { bad: true },
      ],
      ["stat", "Paused", `max(nova_pci_paused{${within}})`, "paused"],
      [
        "stat",
        "Entries in quarantine",
        `sum(max by (namespace) (nova_pci_quarantined_entries{${within}}))`,
        "quarantined",
        { bad: true },
      ],
      [
        "stat",
        "Lost nodes",
        `sum(max by (namespace) (nova_pci_lost_nodes{${within}}))`,
        "lost",
        { bad: true },
      ],
      [
        "lines",
        "Part that reads what is wanted, by service",
        `max by (namespace, service) (nova_pci_rollout_updated{${within}}) / (max by (namespace, service) (nova_pci_rollout_total{${within}}) > 0)`,
        "{{namespace}} {{service}}",
        { unit: "percentunit" },
      ],
      [
        "lines",
        "Compute nodes by phase",
        `sum by (phase) (max by (namespace, phase) (nova_pci_nodes{${within}}))`,
        "{{phase}}",
        { stacked: true },
      ],
      [
        "lines",
        "Steps that wait, by gate",
        `sum by (gate) (max by (namespace, gate) (nova_pci_gate{${within}}))`,
        "{{gate}}",
        { stacked: true },
      ],
      [
        "lines",
        "How long the oldest has waited, by gate",
        `max by (namespace, gate) (nova_pci_gate_oldest_seconds{${within}})`,
        "{{namespace}} {{gate}}",
        { unit: "s" },
      ],
      [
        "lines",
        "Changes that were made",
        `sum by (effect) (rate(nova_pci_effects_total{${within}}[$__rate_interval]))`,
        "{{effect}}",
        { unit: "ops" },
      ],
    ],
  },
  health: {
    title: "PCI devices: health of the operator",
    rows: [
      ["stat", "Replicas that lead", `sum(leader_election_master_status{${operator}})`, "leaders"],
      [
        "stat",
        "Not wired",
        `max(max by (namespace) (nova_pci_not_wired{${within}}))`,
        "not wired",
        { bad: true },
      ],
      [
        "stat",
        "Seconds since a round succeeded",
        `max(time() - max by (namespace) (nova_pci_round_success_timestamp_seconds{${within}}))`,
        "age",
        { unit: "s" },
      ],
      [
        "stat",
        "Rounds that failed in a row",
        `max(max by (namespace) (nova_pci_rounds_failed_in_a_row{${within}}))`,
        "failed",
        { bad: true },
      ],
      [
        "lines",
        "Rounds, by result",
        'sum by (result) (rate(controller_runtime_reconcile_total{controller="novapci"}[$__rate_interval]))',
        "{{result}}",
        { unit: "ops" },
      ],
      [
        "lines",
        "Length of a round, 99 of 100",
        'histogram_quantile(0.99, sum by (le) (rate(controller_runtime_reconcile_time_seconds_bucket{controller="novapci"}[$__rate_interval])))',
        "p99",
        { unit: "s" },
      ],
      [
        "lines",
        "Requests to the API server, by code",
        "sum by (code) (rate(rest_client_requests_total[$__rate_interval]))",
        "{{code}}",
        { unit: "ops" },
      ],
      [
        "lines",
        "Turns of the watches",
        "sum(rate(nova_pci_reflector_turns_total[$__rate_interval]))",
        "turns",
        { unit: "ops" },
      ],
      [
        "lines",
        "Pods that the webhook was asked about",
        "sum by (result) (rate(nova_pci_admission_requests_total[$__rate_interval]))",
        "{{result}}",
        { unit: "ops" },
      ],
      [
        "lines",
        "Depth of the queue",
        'max by (name) (workqueue_depth{name="novapci"})',
        "{{name}}",
      ],
    ],
  },
};

/** Numbers in a first row of four, pictures below in two columns. */
function place(index, stats) {
  if (index < stats) return { h: 4, w: 24 / stats, x: (24 / stats) * index, y: 0 };
  const at = index - stats;
  return { h: 8, w: 12, x: 12 * (at % 2), y: 4 + 8 * Math.floor(at / 2) };
}

// Grafana's schema wants each option said, its defaults as well (test/release/real/dashboards.test.ts).
const kinds = {
  stat: ({ bad }) => ({
    type: "stat",
    options: {
      ...{ reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "area" },
      ...{ justifyMode: "auto", textMode: "auto", orientation: "auto", wideLayout: true },
      ...{ showPercentChange: false, percentChangeColorMode: "standard" },
    },
    thresholds: bad
      ? [
          { color: "green", value: null },
          { color: "red", value: 1 },
        ]
      : undefined,
  }),
  lines: ({ stacked }) => ({
    type: "timeseries",
    options: {
      legend: {
        ...{ displayMode: "table", placement: "right", calcs: ["lastNotNull"] },
        showLegend: true,
      },
      tooltip: { mode: "multi", sort: "desc" },
    },
    custom: stacked ? { stacking: { mode: "normal" }, fillOpacity: 30 } : {},
  }),
  table: () => ({ type: "table", options: { frameIndex: 0, showHeader: true }, instant: true }),
};

function panel([kind, title, expr, legendFormat, more = {}], index, rows) {
  const stats = rows.filter(([one]) => one === "stat").length;
  const { type, options, custom, thresholds, instant = false } = kinds[kind](more);
  return {
    id: index + 1,
    type,
    title,
    datasource: source,
    gridPos: place(index, stats),
    fieldConfig: {
      defaults: {
        unit: more.unit ?? "short",
        min: 0,
        ...(custom === undefined ? {} : { custom }),
        thresholds: { mode: "absolute", steps: thresholds ?? [{ color: "green", value: null }] },
      },
      overrides: [],
    },
    options,
    targets: [
      {
        refId: "A",
        datasource: source,
        expr,
        legendFormat,
        ...(instant ? { instant: true, format: "table" } : { range: true }),
      },
    ],
  };
}

function board(name, { title, rows }) {
  return {
    uid: `nova-pci-${name}`,
    title,
    tags: ["nova-pci-operator"],
    schemaVersion: 39,
    editable: true,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    annotations: { list: [] },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" },
        {
          name: "namespace",
          type: "query",
          label: "Namespace",
          datasource: source,
          query: { query: "label_values(nova_pci_paused, namespace)", refId: "namespace" },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: ".*",
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels: rows.map(panel),
  };
}

/** File name -> text. */
export const dashboards = Object.fromEntries(
  Object.entries(boards).map(([name, one]) => [
    `${name}.json`,
    `${JSON.stringify(board(name, one), null, 2)}\n`,
  ]),
);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  for (const [name, text] of Object.entries(dashboards)) writeFileSync(join(here, name), text);
