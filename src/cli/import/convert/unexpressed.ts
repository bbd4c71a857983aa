// Options around PCI devices that no object of ours can express, and what becomes of them.

import type { Conf } from "../../../nova/conf/oslo-conf.ts";

type Row = { readonly section: string; readonly option: string; readonly usual?: string };

const rows: readonly Row[] = [
  { section: "filter_scheduler", option: "pci_weight_multiplier", usual: "1.0" },
  {
    section: "filter_scheduler",
    option: "available_filters",
    usual: "nova.scheduler.filters.all_filters",
  },
  { section: "libvirt", option: "num_pcie_ports", usual: "0" },
];

export function unexpressed(conf: Conf): readonly string[] {
  return conf.values.flatMap(({ section, option, value, file, line }) =>
    rows
      .filter((row) => row.section === section && row.option === option && row.usual !== value)
      .map(
        () =>
          `${file}:${line}: no object expresses [${section}]${option}: leave it in the nova.conf of the chart`,
      ),
  );
}
