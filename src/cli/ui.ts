// nova-pci ui: a page on loopback that shows what `try` tells of files, or a cluster as it lives.
// Reads only; the page's views are made in ui/, its server is ui/server.ts.

import { once } from "node:events";
import { makeReel, type Reel } from "../ui/reel.ts";
import { pageFiles } from "../ui/page-files.ts";
import { servePage, type PageServer } from "../ui/server.ts";
import { uiFace } from "./faces/ui.ts";
import { guard } from "./terminal/arguments.ts";
import { helpOf } from "./terminal/face.ts";
import { parse } from "./terminal/parse.ts";
import { UsageProblem } from "./terminal/problems.ts";
import type { LookedAt } from "./access/cluster-access.ts";
import { follow } from "./follow.ts";
import { askAfter, openWithCloud } from "./nodes/look.ts";
import { needOurs, printProblems, readNamed, type Named } from "./given/files.ts";
import { installationsOf, type Installation } from "./given/installations.ts";
import { errorCode, exitCodes, type Command, type Io } from "./terminal/io.ts";
import { playToEnd } from "./played/offline.ts";
import { standInTexts } from "./played/stand-ins.ts";

export const command: Command = {
  name: "ui",
  help: helpOf(uiFace),
  run: (args, io) => guard(uiFace, args, io, () => ui(args, io)),
};

async function ui(args: readonly string[], io: Io): Promise<number> {
  const shown = await openPage(args, io);
  io.stdout(`${shown.server.url}\n`);
  io.stderr("Open this address in a browser on this machine; Ctrl-C ends it.\n");
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await shown.close();
  return exitCodes.fine;
}

export type Shown = {
  readonly server: PageServer;
  readonly reel: Reel;
  /** Everything of the files has been played. */
  readonly played: Promise<void>;
  readonly close: () => Promise<void>;
};

/** Serves, and begins to fill the time line. */
export async function openPage(args: readonly string[], io: Io): Promise<Shown> {
  const { values } = parse(uiFace, args);
  const port = portOf(values.port ?? "0");
  if (values.filename.length + values.kustomize.length === 0) {
    const cluster = await openWithCloud(values, io);
    return shownCluster(cluster, port);
  }
  const installation = await fromFiles(values, values.namespace, io);
  const { namespace } = installation;
  const title = [...values.filename, ...values.kustomize].join(" ");
  const reel = makeReel({ source: "files", namespace, title });
  const server = await served(reel, port);
  return { server, reel, played: play(installation, reel), close: server.close };
}

async function shownCluster(cluster: LookedAt, port: number): Promise<Shown> {
  try {
    const first = await cluster.observe(askAfter(undefined));
    const reel = makeReel({ source: "cluster", namespace: first.namespace, title: "" });
    const server = await served(reel, port);
    const stop = follow(cluster, reel, first);
    const close = async (): Promise<void> => {
      stop();
      await server.close();
      await cluster.close();
    };
    return { server, reel, played: Promise.resolve(), close };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageProblem(`--port ${text}: write a number from 0 to 65535; 0 is any that is free`);
}

async function served(reel: Reel, port: number): Promise<PageServer> {
  try {
    return await servePage({ reel, files: await pageFiles(), port });
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EACCES" ? "is not yours to use" : "is taken";
    throw new UsageProblem(`--port ${port} ${why}: write another, or leave it out`);
  }
}

async function fromFiles(
  named: Named,
  namespace: string | undefined,
  io: Io,
): Promise<Installation> {
  const files = await readNamed(named, io);
  needOurs(files);
  printProblems(files.problems, io);
  const [first, ...more] = installationsOf(files.objects, namespace);
  if (more.length > 0) {
    const names = [first!, ...more].map((installation) => installation.namespace).join(", ");
    throw new UsageProblem(`the files hold several installations; name one of ${names} with -n`);
  }
  return first!;
}

async function play(installation: Installation, reel: Reel): Promise<void> {
  try {
    const notes = [...standInTexts(installation.objects)];
    const note = (): void => {
      if (notes.length > 0) reel.note(notes.join(" "));
    };
    note();
    const { kinds, ended } = await playToEnd(installation, { planned: reel.add });
    const thinned = kinds.filter((kind) => kind.all.length > kind.played.length);
    for (const { played, all } of thinned)
      notes.push(`${played.length} of ${all.length} nodes that nothing tells apart are played.`);
    note();
    reel.enter("ended", ended ? undefined : "something is still under way after a week");
  } catch (error) {
    reel.enter("lost", `the files could not be played to their end`);
    throw error;
  }
}
