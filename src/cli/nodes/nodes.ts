// A map of the devices on a terminal: nova-pci nodes. Free, used and by whom, reserved, excluded or
// unknown, as Placement has them; from files alone, which there are.

import { dump } from "js-yaml";
import { didYouMean } from "../../api/nearest-name.ts";
import { nodesFace } from "../faces/nodes.ts";
import { commandOf } from "../terminal/arguments.ts";
import type { Given } from "../terminal/parse.ts";
import { exitCodes, type Io } from "../terminal/io.ts";
import { paintFor, widthOf } from "../terminal/screen.ts";
import { watch } from "../terminal/watch.ts";
import { lookAtFiles, openEye, type Seen } from "./look.ts";
import { mapText, wideText } from "./map-text.ts";

export const command = commandOf(nodesFace, nodes);

const everyMillis = 5000;

type Wish = { readonly format: string; readonly only: readonly string[] };

async function nodes(given: Given<typeof nodesFace.options>, io: Io): Promise<number> {
  const { values } = given;
  const wish = { format: values.output, only: given.operands };
  if (values.filename.length + values.kustomize.length > 0) {
    return show(await lookAtFiles(values, io), wish, io);
  }
  const eye = await openEye(values, io);
  try {
    if (!values.watch) return show([await eye.look()], wish, io);
    await watch({ look: async () => told([await eye.look()], wish, io), everyMillis }, io);
    return exitCodes.fine;
  } finally {
    await eye.close();
  }
}

function show(looks: readonly Seen[], wish: Wish, io: Io): number {
  const names = looks.flatMap((look) => look.nodes.map(({ node }) => node));
  const strange = wish.only.filter((text) => !names.includes(text));
  for (const text of strange) {
    const near = didYouMean(text, names);
    io.stderr(`nova-pci nodes: there is no compute node ${text}${near}\n`);
  }
  if (strange.length > 0) return exitCodes.finding;
  io.stdout(told(looks, wish, io));
  return exitCodes.fine;
}

function told(looks: readonly Seen[], { format, only }: Wish, io: Io): string {
  const chosen = looks.map(({ namespace, nodes: all }) => ({
    namespace,
    nodes: only.length === 0 ? all : all.filter(({ node }) => only.includes(node)),
  }));
  if (format === "json") return `${JSON.stringify(single(chosen), null, 2)}\n`;
  if (format === "yaml")
    return dump(JSON.parse(JSON.stringify(single(chosen))) as object, { lineWidth: 120 });
  const look = { width: widthOf(io), paint: paintFor(io) };
  return chosen
    .map((item) => {
      const title = chosen.length === 1 ? "" : `Namespace ${item.namespace}\n\n`;
      return `${title}${format === "wide" ? wideText(item.nodes, look.width) : mapText(item.nodes, look)}`;
    })
    .join("\n");
}

/** A list only where files hold several installations. */
function single(looks: readonly Seen[]): Seen | readonly Seen[] {
  return looks.length === 1 ? looks[0]! : looks;
}
