// The page: header, the four views, and the time line below. Which view and which object is meant
// stands in the address, so that it can be gone back to.

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { StoryView } from "../ui/model.ts";
import { Capacity } from "./capacity.tsx";
import { Chain } from "./chain.tsx";
import { Objects } from "./objects.tsx";
import { Rollout } from "./rollout.tsx";
import type { Asked } from "./view.ts";
import { listen, withMoment } from "./source.ts";
import { Story } from "./story.tsx";
import { TimeLine } from "./time-line.tsx";
import { Mark } from "./marks.tsx";

const views = {
  chain: "Chain",
  capacity: "Capacity",
  rollout: "Rollout",
  objects: "Objects",
} as const;
type View = keyof typeof views;

type Route = { readonly view: View; readonly parts: readonly string[] };

function routeOf(hash: string): Route {
  const [view = "", ...parts] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { view: Object.hasOwn(views, view) ? (view as View) : "chain", parts };
}

function useRoute(): Route {
  const [route, setRoute] = useState(routeOf(location.hash));
  useEffect(() => {
    const changed = (): void => setRoute(routeOf(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

const nothing: StoryView = {
  source: "files",
  namespace: "",
  title: "",
  phase: "playing",
  moments: [],
};

function useStory(): readonly [StoryView, boolean] {
  const [story, setStory] = useState(nothing);
  const [connected, setConnected] = useState(true);
  useEffect(
    () =>
      listen({
        moment: (head) => setStory((now) => withMoment(now, head)),
        phase: setStory,
        connected: setConnected,
      }),
    [],
  );
  return [story, connected];
}

function Page() {
  const route = useRoute();
  const [story, connected] = useStory();
  /** Undefined follows the newest. */
  const [chosen, setChosen] = useState<number>();
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${views[route.view]} · ${story.namespace} · nova-pci`;
    if (first.current) first.current = false;
    else heading.current?.focus();
  }, [route.view]);
  const newest = story.moments.at(-1);
  const head = story.moments.find((moment) => moment.index === chosen) ?? newest;
  const at = { index: head?.index ?? 0, version: head?.version ?? 0, ready: head !== undefined };
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          heading.current?.focus();
        }}
      >
        Skip to the view
      </a>
      <header>
        <div class="brand">
          <img src="icon.svg" alt="" width="28" height="28" />
          <span>nova-pci</span>
          <span class="where">
            {story.namespace}
            {story.title === "" ? null : <code>{story.title}</code>}
          </span>
        </div>
        <nav aria-label="Views">
          {Object.entries(views).map(([view, title]) => (
            <a href={`#/${view}`} aria-current={view === route.view ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Standing story={story} connected={connected} ready={head?.ready} />
      </header>
      <div class="body">
        <main id="main">
          <h1 ref={heading} tabIndex={-1}>
            {views[route.view]}
          </h1>
          {at.ready ? (
            <Shown route={route} at={at} />
          ) : (
            <p class="quiet">Nothing has been seen yet.</p>
          )}
        </main>
        <Story story={story} chosen={head?.index} choose={setChosen} />
      </div>
      <TimeLine story={story} chosen={chosen} choose={setChosen} />
    </>
  );
}

function Standing({
  story,
  connected,
  ready,
}: {
  readonly story: StoryView;
  readonly connected: boolean;
  readonly ready: { readonly ready: number; readonly all: number } | undefined;
}) {
  const all = ready !== undefined && ready.ready === ready.all;
  const word = ready === undefined ? "looking" : `${ready.ready} of ${ready.all} Ready`;
  return (
    <div class="standing">
      <Mark tone={all ? "good" : "moving"} word={word} />
      {connected ? null : <Mark tone="bad" word="nova-pci ui has ended" />}
      {story.problem === undefined ? null : <Mark tone="bad" word={story.problem} />}
    </div>
  );
}

function Shown({ route, at }: { readonly route: Route; readonly at: Asked }) {
  const [first, second] = route.parts;
  switch (route.view) {
    case "chain":
      return <Chain at={at} alias={first} />;
    case "capacity":
      return <Capacity at={at} />;
    case "rollout":
      return <Rollout at={at} />;
    case "objects":
      return <Objects at={at} kind={first} name={second} />;
  }
}

render(<Page />, document.getElementById("page")!);
