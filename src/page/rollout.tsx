// The rollout: services, what waits, what is done now, the nodes pool by pool, and what ended
// before.

import type { RolloutNode, RolloutPool, RolloutView, ServiceRow } from "../ui/model.ts";
import { Lines, Mark } from "./marks.tsx";
import { clock } from "./source.ts";
import { useView, type Asked } from "./view.ts";

export function Rollout({ at }: { readonly at: Asked }) {
  const view = useView("rollout", at);
  if (view === undefined) return null;
  return (
    <>
      <ul class="services" aria-label="Services">
        {view.services.map((service) => (
          <Service one={service} />
        ))}
      </ul>
      {view.services.length === 0 ? <p class="quiet">No service has a status yet.</p> : null}
      <div class="pair">
        <section aria-labelledby="now-title">
          <h2 id="now-title">Now</h2>
          {view.now.length === 0 ? (
            <p class="quiet">Nothing is done at this moment.</p>
          ) : (
            <Lines lines={view.now} />
          )}
        </section>
        <section aria-labelledby="waits-title">
          <h2 id="waits-title">Waits</h2>
          {view.waits.length === 0 ? <p class="quiet">Nothing waits.</p> : null}
          <ul class="lines">
            {view.waits.map((wait) => (
              <li>
                <Mark
                  tone={wait.person ? "bad" : "waiting"}
                  word={wait.person ? "waits for a person" : "waits"}
                />
                <b>{wait.who}</b> <span>{wait.sentence}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      {view.pools.map((pool) => (
        <Pool pool={pool} />
      ))}
      <History view={view} />
    </>
  );
}

function Service({ one: row }: { readonly one: ServiceRow }) {
  const share = row.total === 0 ? 0 : row.updated / row.total;
  return (
    <li class={`card service ${row.tone}`}>
      <h2>{row.service}</h2>
      <Mark tone={row.tone} word={row.phase} />
      <p class="large">
        {row.updated}
        <small>/{row.total} updated</small>
      </p>
      <progress value={share} max={1} aria-label={`${row.service} updated`} />
      <p class="quiet">
        runs <code>{row.runs}</code>
        {row.runs === row.wanted ? null : (
          <>
            , wanted <code>{row.wanted}</code>
          </>
        )}
      </p>
      {row.message === "" ? null : <p class="quiet">{row.message}</p>}
    </li>
  );
}

function Pool({ pool }: { readonly pool: RolloutPool }) {
  return (
    <section class="group" aria-label={`Pool ${pool.title}`}>
      <div class="group-head">
        <h2>{pool.title}</h2>
        <code>{pool.fragment}</code>
        <span class="quiet">
          {pool.done} of {pool.size} {pool.size === 1 ? "node" : "nodes"} as wanted
        </span>
      </div>
      <progress
        value={pool.done}
        max={Math.max(1, pool.size)}
        aria-label={`${pool.title} as wanted`}
      />
      <ul class="map wide">
        {pool.nodes.map((node) => (
          <Node one={node} />
        ))}
      </ul>
      {pool.more > 0 ? <p class="quiet">and {pool.more} more, as wanted or waiting</p> : null}
    </section>
  );
}

function Node({ one: rolloutNode }: { readonly one: RolloutNode }) {
  return (
    <li key={rolloutNode.node} class={`node ${rolloutNode.tone}`} title={rolloutNode.detail}>
      <span class="name">{rolloutNode.node}</span>
      <Mark
        tone={rolloutNode.tone}
        word={rolloutNode.canary ? `canary, ${rolloutNode.word}` : rolloutNode.word}
      />
    </li>
  );
}

function History({ view }: { readonly view: RolloutView }) {
  if (view.history.length === 0) return null;
  return (
    <section aria-labelledby="history">
      <h2 id="history">Before</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Ended</th>
            <th scope="col">Service</th>
            <th scope="col">Result</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {view.history.map((item) => (
            <tr>
              <td>
                <time>{clock(item.finishedAt)}</time>
              </td>
              <th scope="row">{item.service}</th>
              <td>
                <Mark tone={item.tone} word={item.result} />
              </td>
              <td>{item.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
