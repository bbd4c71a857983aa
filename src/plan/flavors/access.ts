// Which projects may use a private flavor: owned like extra specs, one project at a time. Who had
// access before us keeps it.

import type { FlavorContent, Notice } from "../wanted/accept.ts";
import { challenge, contestedNotice, settled, type Contests } from "./contest.ts";
import type { FlavorView, Millis } from "../terms/snapshot.ts";
import type { FlavorRecord } from "../terms/state.ts";
import type { Write } from "./writes.ts";

export type Part = {
  readonly writes: readonly Write[];
  readonly contested: Contests;
  readonly conflicts: readonly Notice[];
};

/**
 * A project that had access before us keeps it; what we gave is taken back when nobody asks for it.
 */
export function planProjects(
  content: FlavorContent,
  found: FlavorView,
  record: FlavorRecord,
  now: Millis,
): Part & { readonly ours: readonly string[]; readonly known: boolean } {
  const wanted = found.isPublic ? [] : (content.spec.create?.projects ?? []);
  let contested = record.contested ?? {};
  const has = found.projects;
  if (has === undefined || found.isPublic) {
    const known = found.isPublic || (wanted.length === 0 && record.projects.length === 0);
    const ours = found.isPublic ? [] : record.projects;
    return { writes: [], contested, conflicts: [], ours, known };
  }
  const conflicts: Notice[] = [];
  const missing = wanted.filter((project) => !has.includes(project));
  for (const project of wanted) {
    const what = `project ${project}`;
    if (!missing.includes(project)) contested = settled(what, contested, now);
    else if (record.projects.includes(project)) {
      const answer = challenge(what, { ...record, contested }, content, now);
      ({ contested } = answer);
      const said = { has: "none", wants: "access", path: "spec.create.projects" };
      if (answer.lost)
        conflicts.push(contestedNotice(`access of ${what} to flavor ${found.name}`, said));
    }
  }
  const known = new Set([...has, ...wanted]);
  const ours = record.projects.filter((project) => known.has(project));
  const grants = missing.map((project) => grant(project, found.id));
  return {
    writes: [...grants, ...revocations(ours, wanted, found.id)],
    contested,
    conflicts,
    ours,
    known: true,
  };
}

function grant(project: string, flavorId: string): Write {
  return {
    what: `give project ${project} access`,
    effect: { do: "add-flavor-access", flavorId, project },
    noted: (record) =>
      record.projects.includes(project)
        ? record
        : { ...record, projects: [...record.projects, project] },
  };
}

/** What we gave and nobody asks for. */
export function revocations(
  ours: readonly string[],
  wanted: readonly string[],
  flavorId: string,
): readonly Write[] {
  return ours
    .filter((text) => !wanted.includes(text))
    .map((project) => ({
      what: `take access from project ${project}`,
      effect: { do: "remove-flavor-access", flavorId, project },
    }));
}
