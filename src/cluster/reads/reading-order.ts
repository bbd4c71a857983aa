// The order in which a Nova process parses its configuration files, from how it is started, and
// where our fragment comes in it. Pure. Measured with oslo.config 10.7.0 under Nova 31.3.1 and
// 34.0.0 (test/nova/reading-order.test.ts asks the real one): what stands on the command line is
// parsed after the defaults of the kind that it does not name. So with --config-file alone the
// default directories come first: our list options precede the base's, and a scalar of the base
// wins.

import { configDirectory, fragmentKey } from "../../api/names.ts";
import type { ContainerSpec, FragmentPlace } from "../../plan/terms/snapshot.ts";

type Start = {
  /**
   * Command and arguments as one text, with what the script or the uWSGI file says that they name.
   */
  readonly line: string;
  /** Nova's name of the process: its own default files beside nova.conf. */
  readonly program: string;
};

const folder = configDirectory.slice(0, configDirectory.lastIndexOf("/"));

/** `texts`: files below /etc/nova; `script`: the text of the script that the command names. */
export function startOf(
  container: Pick<ContainerSpec, "command" | "args">,
  program: string,
  { texts, script }: { readonly texts: ReadonlyMap<string, string>; readonly script?: string },
): Start {
  const words = [...container.command, ...container.args, script ?? ""].join(" ");
  const ini = /--ini(?:-paste)?[= ]+(\S+)/.exec(words)?.[1];
  const settings = ini === undefined ? "" : (texts.get(ini) ?? "");
  // uWSGI hands pyargv to the Python application as its command line.
  const handed = [...settings.matchAll(/^\s*pyargv\s*=\s*(.*)$/gm)].map((match) => match[1]!);
  return { line: [words, ...handed].join(" "), program };
}

type Told = { readonly kind: "file" | "dir"; readonly path: string };

/**
 * Of the paths given those that the process parses, in its order (cfg.py, find_config_files). A
 * file that is parsed twice stands where it was last: that one decides what a scalar is.
 */
export function readingOrder(start: Start, paths: readonly string[]): readonly string[] {
  const told = [...start.line.matchAll(/--config-(file|dir)[= ]+(\S+)/g)].map((match): Told => ({
    kind: match[1] as Told["kind"],
    path: match[2]!.replace(/["';\\]+$/, "").replace(/\/+$/, ""),
  }));
  const defaults = (["file", "dir"] as const)
    .filter((kind) => !told.some((file) => file.kind === kind))
    .flatMap((kind) => defaultsOf(kind, start.program));
  const order = [...defaults, ...told].flatMap(({ kind, path }) =>
    kind === "file"
      ? paths.filter((other) => other === path)
      : paths.filter((other) => other.startsWith(`${path}/`) && isConfOf(other, path)).sort(),
  );
  return order.filter((path, at) => order.lastIndexOf(path) === at);
}

function defaultsOf(kind: Told["kind"], program: string): readonly Told[] {
  const ending = kind === "file" ? ".conf" : ".conf.d";
  return ["nova", program].map((name) => ({ kind, path: `${folder}/${name}${ending}` }));
}

/** As Python's glob takes *.conf: no hidden file, and none in a folder below. */
function isConfOf(path: string, directory: string): boolean {
  const name = path.slice(directory.length + 1);
  return name.endsWith(".conf") && !name.includes("/") && !name.startsWith(".");
}

/** Where our fragment stands among the files of the base. */
export function fragmentPlace(start: Start, base: readonly string[]): FragmentPlace {
  if (!isSeen(start)) return "unseen";
  const ours = `${configDirectory}/${fragmentKey}`;
  const order = readingOrder(start, [...base, ours]);
  const at = order.indexOf(ours);
  return at >= 0 && order.slice(at + 1).some((path) => base.includes(path)) ? "first" : "last";
}

/** The process itself, or a server that loads it with the default files, stands in the command. */
function isSeen({ line, program }: Start): boolean {
  return (
    line.includes("--config-") ||
    new RegExp(`(^|[\\s/])${program}[\\w-]*(\\s|$)`).test(line) ||
    /(^|[\s/])(uwsgi|apache2|apache2ctl|httpd|gunicorn)\b/.test(line)
  );
}
