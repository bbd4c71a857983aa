// The chain of an alias: six columns of boxes with lines between them, and the links with the first
// that is broken. On a narrow page the columns stand below each other and the lines are left out.

import { useEffect, useRef, useState } from "preact/hooks";
import { chainColumns, type ChainBox, type ChainView } from "../ui/model.ts";
import { Mark } from "./marks.tsx";
import { useView, type Asked } from "./view.ts";

type Chosen = NonNullable<ChainView["chosen"]>;

export function Chain({ at, alias }: { readonly at: Asked; readonly alias: string | undefined }) {
  const view = useView("chain", at, { alias });
  if (view === undefined) return null;
  const { chosen } = view;
  return (
    <>
      <ul class="chips" aria-label="Aliases">
        {view.aliases.map((item) => (
          <li>
            <a
              href={`#/chain/${encodeURIComponent(item.name)}`}
              aria-current={item.name === chosen?.alias ? "true" : undefined}
            >
              {item.name}
            </a>
          </li>
        ))}
      </ul>
      {chosen === undefined ? (
        <p class="quiet">There is no PciAlias.</p>
      ) : (
        <>
          <Answer chosen={chosen} />
          <Drawing chosen={chosen} />
          <Links chosen={chosen} />
        </>
      )}
    </>
  );
}

function Answer({ chosen }: { readonly chosen: Chosen }) {
  const broken = chosen.broken === undefined ? undefined : chosen.links[chosen.broken];
  if (broken === undefined)
    return (
      <p class="answer good">
        <Mark tone="good" word="every link holds" />
        <span>A guest can ask for {chosen.alias}.</span>
      </p>
    );
  const word = broken.word === "broken" ? "first broken link" : "first link on its way";
  return (
    <p class={`answer ${broken.tone}`}>
      <Mark tone={broken.tone} word={`${word}: ${broken.link}`} />
      <span>{broken.message}</span>
    </p>
  );
}

function Links({ chosen }: { readonly chosen: Chosen }) {
  return (
    <section aria-labelledby="links">
      <h2 id="links">Link by link</h2>
      <ol class="links">
        {chosen.links.map((link, place) => (
          <li class={place === chosen.broken ? `first ${link.tone}` : ""}>
            <Mark tone={link.tone} word={link.word} />
            <b>{link.link}</b>
            <span>{link.message}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Drawing({ chosen }: { readonly chosen: Chosen }) {
  const frame = useRef<HTMLDivElement>(null);
  const paths = usePaths(frame, chosen);
  return (
    <section class="chain" aria-label={`From the card to the server, by ${chosen.alias}`}>
      <div class="drawing" ref={frame}>
        <svg aria-hidden="true">
          {paths.map((other) => (
            <path d={other.d} class={other.tone} />
          ))}
        </svg>
        {chainColumns.map((title, column) => (
          <div class="column">
            <h2>{title}</h2>
            <ul>
              {chosen.boxes
                .filter((box) => box.column === column)
                .map((box) => (
                  <Box box={box} />
                ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function Box({ box }: { readonly box: ChainBox }) {
  return (
    <li class={`box ${box.tone}`} data-id={box.id}>
      <b>{box.title}</b>
      {box.detail === "" ? null : <span class="detail">{box.detail}</span>}
      <Mark tone={box.tone} word={box.word} />
    </li>
  );
}

type Path = { readonly d: string; readonly tone: string };

/** Curves from the right side of one box to the left side of the next, measured after drawing. */
function usePaths(
  frame: { readonly current: HTMLDivElement | null },
  { boxes, edges }: Chosen,
): readonly Path[] {
  const [paths, setPaths] = useState<readonly Path[]>([]);
  useEffect(() => {
    const root = frame.current;
    if (root === null) return undefined;
    const measure = (): void => {
      const zero = root.getBoundingClientRect();
      const places = new Map(
        [...root.querySelectorAll<HTMLElement>("[data-id]")].map((item) => [
          item.dataset["id"]!,
          item.getBoundingClientRect(),
        ]),
      );
      setPaths(
        edges.flatMap(({ from, to, tone }) => {
          const [a, b] = [places.get(from), places.get(to)];
          if (a === undefined || b === undefined) return [];
          const [x1, y1] = [a.right - zero.left, a.top + a.height / 2 - zero.top];
          const [x2, y2] = [b.left - zero.left, b.top + b.height / 2 - zero.top];
          const bend = (x2 - x1) / 2;
          return [{ d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, tone }];
        }),
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(root);
    return () => observer.disconnect();
  }, [boxes, edges]);
  return paths;
}
