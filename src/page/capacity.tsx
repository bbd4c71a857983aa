// The capacity map: what is free, node by node; thousands of nodes as groups that open.

import { useState } from "preact/hooks";
import type { CapacityGroup, CapacityView, NodeRow } from "../ui/model.ts";
import { Bar, Cells, countText, Mark, words } from "./marks.tsx";
import { useView, type Asked } from "./view.ts";

export function Capacity({ at }: { readonly at: Asked }) {
  const view = useView("capacity", at);
  if (view === undefined) return null;
  return (
    <>
      <Totals view={view} />
      {view.unknown.map((why) => (
        <p class="notice">
          <Mark tone="unknown" word="unknown" /> {why}
        </p>
      ))}
      <Fits view={view} />
      {view.groups.map((group) => (
        <Group key={group.key} group={group} at={at} />
      ))}
    </>
  );
}

function Totals({ view }: { readonly view: CapacityView }) {
  return (
    <section class="totals" aria-label="All devices">
      <ul>
        {words.map((word) => (
          <li class={view.counts[word] === undefined ? "none" : ""}>
            <i class={`cell ${word}`} aria-hidden="true" />
            <b>{view.counts[word] ?? 0}</b> {word}
          </li>
        ))}
        <li class="nodes">
          <b>{view.nodes}</b> {view.nodes === 1 ? "node" : "nodes"}
        </li>
      </ul>
      <Bar counts={view.counts} />
    </section>
  );
}

function Fits({ view }: { readonly view: CapacityView }) {
  if (view.flavors.length === 0) return null;
  return (
    <section aria-labelledby="fits">
      <h2 id="fits">What still fits</h2>
      <ul class="cards">
        {view.flavors.map((flavor) => (
          <li class="card">
            <a href={`#/objects/PciFlavor/${encodeURIComponent(flavor.name)}`}>{flavor.name}</a>
            <p class="large">{flavor.fit === "unknown" ? "unknown" : `${flavor.fit} more`}</p>
            <p class="quiet">hosts: {flavor.hosts}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Group({ group, at }: { readonly group: CapacityGroup; readonly at: Asked }) {
  const [open, setOpen] = useState(false);
  const drawn = group.nodes;
  return (
    <section class="group" aria-label={group.title}>
      <div class="group-head">
        <h2>{group.title}</h2>
        <ul class="chips" aria-label="Aliases">
          {group.aliases.map((alias) => (
            <li>
              <a href={`#/chain/${encodeURIComponent(alias)}`}>{alias}</a>
            </li>
          ))}
        </ul>
        <span class="quiet">
          {group.size} {group.size === 1 ? "node" : "nodes"} · {countText(group.counts)}
        </span>
      </div>
      <Bar counts={group.counts} />
      {drawn !== undefined ? (
        <Nodes rows={drawn} />
      ) : (
        <>
          <button type="button" class="open" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Close" : `Show the nodes of ${group.title}`}
          </button>
          {open ? <Fetched group={group} at={at} /> : null}
        </>
      )}
    </section>
  );
}

function Fetched({ group, at }: { readonly group: CapacityGroup; readonly at: Asked }) {
  const rows = useView("nodes", at, { group: group.key });
  if (rows === undefined) return null;
  const left = group.size - rows.length;
  return (
    <>
      <Nodes rows={rows} />
      {left > 0 ? <p class="quiet">and {left} more</p> : null}
    </>
  );
}

function Nodes({ rows }: { readonly rows: readonly NodeRow[] }) {
  const [chosen, setChosen] = useState<string>();
  const row = rows.find((nodeRow) => nodeRow.node === chosen);
  return (
    <>
      <ul class="map">
        {rows.map((nodeRow) => (
          <li key={nodeRow.node}>
            <button
              type="button"
              class="node"
              aria-expanded={nodeRow.node === chosen}
              onClick={() => setChosen(nodeRow.node === chosen ? undefined : nodeRow.node)}
            >
              <span class="name">{nodeRow.node}</span>
              <span class="hidden">: {countText(nodeRow.counts)}</span>
              <span class="cells" aria-hidden="true">
                {nodeRow.devices.map((each) => (
                  <span title={`${each.title}: ${countText(each.counts)}`}>
                    <Cells counts={each.counts} />
                  </span>
                ))}
                {nodeRow.devices.length === 0 ? <span class="quiet">no devices</span> : null}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {row === undefined ? null : <Devices row={row} />}
    </>
  );
}

function Devices({ row }: { readonly row: NodeRow }) {
  return (
    <div class="sheet" role="region" aria-label={`Devices of ${row.node}`}>
      <h3>{row.node}</h3>
      {row.unknown === undefined ? null : <p class="quiet">State unknown: {row.unknown}.</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">State</th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          {row.devices.map((device) => (
            <tr>
              <th scope="row">
                <code>{device.title}</code>
              </th>
              <td>
                <span class="cells" aria-hidden="true">
                  <Cells counts={device.counts} />
                </span>{" "}
                {countText(device.counts)}
              </td>
              <td>{device.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
