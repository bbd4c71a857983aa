// One object: what it says, what it renders to, what changes.

import type { ObjectHead, ObjectView, RenderedFile } from "../ui/model.ts";
import { Lines, Mark } from "./marks.tsx";
import { useView, type Asked } from "./view.ts";

type Props = {
  readonly at: Asked;
  readonly kind: string | undefined;
  readonly name: string | undefined;
};

export function Objects({ at, kind, name }: Props) {
  const view = useView("objects", at, { kind, name });
  if (view === undefined) return null;
  const { chosen } = view;
  return (
    <div class="split">
      <nav class="list" aria-label="Objects">
        <ul>
          {view.objects.map((object) => (
            <li>
              <ObjectLink
                one={object}
                current={object.kind === chosen?.kind && object.name === chosen.name}
              />
            </li>
          ))}
        </ul>
      </nav>
      {chosen === undefined ? <p class="quiet">There is no object.</p> : <Detail one={chosen} />}
    </div>
  );
}

function ObjectLink({
  one: objectHead,
  current,
}: {
  readonly one: ObjectHead;
  readonly current: boolean;
}) {
  return (
    <a
      href={`#/objects/${objectHead.kind}/${encodeURIComponent(objectHead.name)}`}
      aria-current={current ? "true" : undefined}
    >
      <span class="kind">{objectHead.kind}</span>
      <span class="name">{objectHead.name}</span>
      <Mark tone={objectHead.tone} word={objectHead.reason} />
    </a>
  );
}

function Detail({ one: object }: { readonly one: ObjectView }) {
  return (
    <article aria-labelledby="object">
      <h2 id="object">
        <span class="kind">{object.kind}</span> {object.name}
      </h2>
      <section aria-labelledby="says">
        <h3 id="says">Says</h3>
        <pre tabIndex={0} aria-labelledby="says">
          {object.spec}
        </pre>
        {[...object.rejections, ...object.warnings].map((text) => (
          <p class="notice">{text}</p>
        ))}
      </section>
      <section aria-labelledby="stands">
        <h3 id="stands">Stands</h3>
        {object.conditions.length === 0 ? <p class="quiet">It has no status yet.</p> : null}
        <ul class="conditions">
          {object.conditions.map((each) => (
            <li>
              <Mark tone={each.tone} word={`${each.type} ${each.status}`} />
              <b>{each.reason}</b>
              <span>{each.message}</span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="renders">
        <h3 id="renders">Renders</h3>
        {object.renders.map((file) => (
          <File file={file} />
        ))}
        {object.writes.length === 0 ? null : (
          <dl class="writes">
            {object.writes.map((each) => (
              <div>
                <dt>{each.key}</dt>
                <dd>{each.value}</dd>
              </div>
            ))}
          </dl>
        )}
        {object.renders.length + object.writes.length === 0 ? (
          <p class="quiet">Nothing at this moment.</p>
        ) : null}
      </section>
      <section aria-labelledby="changes">
        <h3 id="changes">Changes</h3>
        {object.changes.length === 0 ? (
          <p class="quiet">Nothing is done about it at this moment.</p>
        ) : (
          <Lines lines={object.changes} />
        )}
      </section>
    </article>
  );
}

function File({ file }: { readonly file: RenderedFile }) {
  return (
    <figure>
      <figcaption>
        {file.readers} <code>{file.fragment}</code>
      </figcaption>
      <pre tabIndex={0} aria-label={`File of ${file.readers}; lines of this object are marked`}>
        {file.lines.map((line) => (
          <>
            {line.own ? <mark>{line.text}</mark> : <span class="other">{line.text}</span>}
            {"\n"}
          </>
        ))}
      </pre>
    </figure>
  );
}
