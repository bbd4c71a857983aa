// The columns of the map of devices: one for each set of aliases that devices can be asked for by,
// and one for each resource class that no alias asks for; in each the sums of a node.

import {
  deviceStates,
  type DeviceRow,
  type DeviceState,
  type NodeDevices,
} from "../../plan/devices.ts";

/** Of one node in one column. `uncounted`: an entry offers more, and nobody knows how many. */
export type Cell = {
  readonly counts: Readonly<Record<DeviceState, number>>;
  readonly uncounted: boolean;
  /** Each device by its state, in the order of their addresses. */
  readonly each: readonly DeviceState[];
};

export type MapRow = {
  /** More than one where nodes are alike. */
  readonly nodes: readonly string[];
  readonly cells: ReadonlyMap<string, Cell>;
  readonly unknown: string | undefined;
};

export type DeviceTable = {
  readonly columns: readonly string[];
  readonly rows: readonly MapRow[];
  readonly sums: ReadonlyMap<string, Cell>;
};

const noAlias = "(no alias)";

function columnOf({ aliases, resourceClass }: DeviceRow): string {
  return aliases.length > 0 ? [...aliases].sort().join(",") : (resourceClass ?? noAlias);
}

/** More nodes than this are shown as groups of those that are alike. */
const shownEach = 24;

export function tableOf(map: readonly NodeDevices[], groupFrom: number = shownEach): DeviceTable {
  const rows = map.map((nodeDevices): MapRow => ({
    nodes: [nodeDevices.node],
    cells: cellsOf(nodeDevices.devices),
    unknown: nodeDevices.unknown,
  }));
  const columns = [...new Set(rows.flatMap((row) => [...row.cells.keys()]))];
  columns.sort((a, b) => Number(a === noAlias) - Number(b === noAlias) || (a < b ? -1 : 1));
  return {
    columns,
    rows: map.length > groupFrom ? grouped(rows) : rows,
    sums: cellsOf(map.flatMap((nodeDevices) => nodeDevices.devices)),
  };
}

function cellsOf(devices: readonly DeviceRow[]): ReadonlyMap<string, Cell> {
  const columns = new Map<string, DeviceRow[]>();
  for (const device of devices) {
    const column = columnOf(device);
    const rows = columns.get(column) ?? [];
    columns.set(column, rows);
    rows.push(device);
  }
  return new Map([...columns].map(([column, rows]) => [column, cellOf(rows)]));
}

function cellOf(rows: readonly DeviceRow[]): Cell {
  const sorted = [...rows].sort((a, b) => ((a.address ?? "~") < (b.address ?? "~") ? -1 : 1));
  const each = sorted.flatMap(({ counts }) =>
    deviceStates.flatMap((state) => Array<DeviceState>(counts[state] ?? 0).fill(state)),
  );
  const count = (state: DeviceState): number => each.filter((text) => text === state).length;
  return {
    counts: Object.fromEntries(
      deviceStates.map((deviceState) => [deviceState, count(deviceState)]),
    ) as Cell["counts"],
    uncounted: rows.some(({ counts }) => Object.keys(counts).length === 0),
    each,
  };
}

/** Alike: as many devices in each state, column by column, whatever their addresses. */
function grouped(rows: readonly MapRow[]): readonly MapRow[] {
  const groups = new Map<string, MapRow>();
  for (const row of rows) {
    const sums = [...row.cells].map(([column, cell]) => [column, cell.counts, cell.uncounted]);
    const key = JSON.stringify([sums.sort(), row.unknown]);
    const before = groups.get(key);
    groups.set(
      key,
      before === undefined ? row : { ...before, nodes: [...before.nodes, ...row.nodes] },
    );
  }
  return [...groups.values()];
}
