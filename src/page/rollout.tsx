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
        {view.services.map((one) => (
          <Service one={one} />
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
            {view.waits.map((one) => (
              <li>
                <Mark
                  tone={one.person ? "bad" : "waiting"}
                  word={one.person ? "waits for a person" : "waits"}
                />
                <b>{one.who}</b> <span>{one.sentence}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      {view.pools.map((one) => (
        <Pool pool={one} />
      ))}
      <History view={view} />
    </>
  );
}

function Service({ one }: { readonly one: ServiceRow }) {
  const share = one.total === 0 ? 0 : one.updated / one.total;
  return (
    <li class={`card service ${one.tone}`}>
      <h2>{one.service}</h2>
      <Mark tone={one.tone} word={one.phase} />
      <p class="large">
        {one.updated}
        <small>/{one.total} updated</small>
      </p>
      <progress value={share} max={1} aria-label={`${one.service} updated`} />
      <p class="quiet">
        runs <code>{one.runs}</code>
        {one.runs === one.wanted ? null : (
          <>
            , wanted <code>{one.wanted}</code>
          </>
        )}
      </p>
      {one.message === "" ? null : <p class="quiet">{one.message}</p>}
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
        {pool.nodes.map((one) => (
          <Node one={one} />
        ))}
      </ul>
      {pool.more > 0 ? <p class="quiet">and {pool.more} more, as wanted or waiting</p> : null}
    </section>
  );
}

function Node({ one }: { readonly one: RolloutNode }) {
  return (
    <li key={one.node} class={`node ${one.tone}`} title={one.detail}>
      <span class="name">{one.node}</span>
      <Mark tone={one.tone} word={one.canary ? `canary, ${one.word}` : one.word} />
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
          {view.history.map((one) => (
            <tr>
              <td>
                <time>{clock(one.finishedAt)}</time>
              </td>
              <th scope="row">{one.service}</th>
              <td>
                <Mark tone={one.tone} word={one.result} />
              </td>
              <td>{one.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
