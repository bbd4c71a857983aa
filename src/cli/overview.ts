// What nova-pci says where no command, or one that there is not, was named.

import { didYouMean } from "../api/nearest-name.ts";
import { faces } from "./faces/faces.ts";
import type { Io } from "./terminal/io.ts";
import { wrapped } from "./terminal/lines.ts";
import { widthOf } from "./terminal/screen.ts";

const exits = `Exit codes: 0 fine, 1 a finding, a refusal or not converged, 2 a wrong argument or file, 3 a
cluster or cloud cannot be reached, 4 there are changes (plan --exit-code).`;

export function overview(io: Pick<Io, "terminal">): string {
  const all = Object.values(faces);
  const left = Math.max(...all.map((item) => item.name.length));
  const rows = all.map((item) => `  ${item.name.padEnd(left)}  ${item.summary}\n`);
  return `nova-pci: PCI passthrough of OpenStack Nova as Kubernetes objects

  nova-pci COMMAND [options]
  nova-pci help COMMAND

${rows.join("")}
${wrapped(exits, Math.min(100, widthOf(io)))}`;
}

export function adviceOn(typed: string, known: readonly string[]): string {
  const what = typed.startsWith("-") ? `no option ${typed} before a command` : undefined;
  const near = didYouMean(typed, known);
  return `nova-pci: there is ${what ?? `no command "${typed}"${near}`}\nnova-pci --help lists the commands\n`;
}
