// The steps: what the operator promises, each asserted from Nova's and Kubernetes' own
// answers. Read it from the top; how a step knows what it says is in evidence.ts.
import { deepStrictEqual } from "node:assert/strict";
import type { Note, World } from "./evidence.ts";
import { installOperator, killOperator } from "./operator.ts";
import { applyExamples, applyWithPlacement } from "./step-examples.ts";
import { lookAtAll } from "./step-page.ts";
import { cleanBetweenServers } from "./steps-cleaning.ts";
import { withoutKeystone, withoutKubelet } from "./steps-outages.ts";
import { askTheImage } from "./steps-preflight.ts";
import { moveToTheChart, upgradeAndBack } from "./steps-releases.ts";
import { addCard, refuseCard, removeCard, takeCardAway, type After } from "./steps-rollouts.ts";
import {
  addFlavor,
  bootServer,
  byClass,
  byIds,
  moveServer,
  takeDeviceInUse,
  useOnce,
} from "./steps-servers.ts";
import { installByChart, uninstall } from "./steps-uninstall.ts";

type Step = {
  /** How it is asked for by `--steps`. */
  readonly number: string;
  readonly title: string;
  /** `--further`: the lane leaves it out. */
  readonly further?: true;
  readonly work: (world: World, note: Note) => Promise<void>;
};

/** What step 4 and 5 came to, for 7a and 7b. */
const came = new Map<"good" | "bad", After>();

const installedByFiles: readonly Step[] = [
  { number: "0", title: "installed by the files of a release", work: installByFiles },
  {
    number: "1",
    title: "fragments injected, services restarted, filter on, extra spec last",
    work: applyExamples,
  },
  {
    number: "2",
    title: "a server gets exactly its two devices, a third does not fit",
    work: bootServer,
  },
  {
    number: "3",
    title: "that server is resized to another PCI flavor",
    work: async (world, note) => {
      await addFlavor(world);
      await moveServer(world, byIds, note);
    },
  },
  {
    number: "4",
    title: "a second whitelist for one node restarts one nova-compute",
    work: async (world, note) => void came.set("good", await addCard(world, note)),
  },
  {
    number: "5",
    title: "a spec that Nova refuses stops one nova-compute, rolled back",
    work: async (world, note) => void came.set("bad", await refuseCard(world, note)),
  },
  {
    number: "6",
    title: "taking away a device in use is a gate that names the server",
    work: takeDeviceInUse,
  },
  {
    number: "7a",
    title: "the operator is killed in the middle of step 4: the same end",
    work: async (world, note) => {
      await removeCard(world);
      deepStrictEqual(await addCard(world, note, killOperator), came.get("good"));
    },
  },
  {
    number: "7b",
    title: "the operator is killed in the middle of step 5: the same end",
    work: async (world, note) =>
      deepStrictEqual(await refuseCard(world, note, killOperator), came.get("bad")),
  },
  {
    number: "7c",
    title: "Keystone is away for a minute: nothing changes, then it goes on",
    further: true,
    work: withoutKeystone,
  },
  {
    number: "7d",
    title: "the image refuses a spec before a canary, and takes it when it is mended",
    further: true,
    work: askTheImage,
  },
  {
    number: "8",
    title: "a kubelet dies in the middle of step 4 backwards: lost, not failed",
    work: (world, note) => withoutKubelet(world, () => takeCardAway(world), note),
  },
  {
    number: "9",
    title: "the next release and back: no pod of Nova restarts",
    work: upgradeAndBack,
  },
  { number: "10", title: "the chart takes over: no pod of Nova restarts", work: moveToTheChart },
  { number: "11", title: "uninstalled in the documented order: Nova serves on", work: uninstall },
];

/** From nothing once more, by another way of installing. */
const installedByTheChart: readonly Step[] = [
  { number: "12", title: "installed by the chart alone", work: installByChart },
  {
    number: "13",
    title: "PCI in Placement from the beginning, a card by class, one for one use",
    work: applyWithPlacement,
  },
  {
    number: "14",
    title: "the server's devices are allocated in Placement",
    work: bootServer,
  },
  {
    number: "15",
    title: "it is resized to a flavor that asks by resource class",
    work: (world, note) => moveServer(world, byClass, note),
  },
  {
    number: "16",
    title: "a card for one use is used, and reserved when its server is gone",
    work: useOnce,
  },
  {
    number: "17",
    title: "the page and the map of devices show it, and what changes, at once",
    further: true,
    work: lookAtAll,
  },
  {
    number: "18",
    title: "a drive for one use is cleaned by a Job on its node, or nobody gets it",
    further: true,
    work: cleanBetweenServers,
  },
];

/** The whole story, or the steps of these numbers. */
export async function story(world: World, only?: readonly string[]): Promise<void> {
  for (const { number, title, further, work } of [...installedByFiles, ...installedByTheChart])
    if (only === undefined ? world.further || further !== true : only.includes(number))
      await world.told.step(`${number} ${title}`, (note) => work(world, note));
}

async function installByFiles({ cluster, layout, releases }: World): Promise<void> {
  await installOperator(cluster, layout, releases);
}
