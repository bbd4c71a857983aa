// What admission changed of a pod, as the JSON Patch that makes it. Whole fields are replaced: at
// CREATE nobody else writes between the pod that was seen and the patch.

import type { Pod } from "./pod.ts";

export type Operation = { readonly op: "add"; readonly path: string; readonly value: unknown };

/** Empty when nothing changed. The rules change no other field than these. */
export function patchOf(before: Pod, after: Pod): readonly Operation[] {
  if (before === after) return [];
  return [
    ...add("/metadata/annotations", before.metadata.annotations, after.metadata.annotations),
    ...add("/spec/volumes", before.spec.volumes, after.spec.volumes),
    ...(after.spec.containers ?? []).flatMap((container, index) => {
      const { volumeMounts } = before.spec.containers![index]!;
      return add(`/spec/containers/${index}/volumeMounts`, volumeMounts, container.volumeMounts);
    }),
  ];
}

/** A field that did not change is the same value. */
function add(path: string, before: unknown, value: unknown): readonly Operation[] {
  return before === value ? [] : [{ op: "add", path, value }];
}
