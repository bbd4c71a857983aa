// The OpenStack release that the tag of an image of Nova names.

import { findRelease } from "../../../nova/terms/release.ts";
import type { Given } from "./given.ts";

/** "quay.io/airshipit/nova:2025.1-ubuntu_noble"; undefined = no such image, or no such tag. */
export function releaseOfImage(text: string): Given["release"] | undefined {
  const tag = /(?:^|\/)(?:[\w-]*-)?nova(?:-[\w-]+)?:v?([A-Za-z0-9.]+)(?:[-_][\w.-]*)?$/.exec(
    text,
  )?.[1];
  if (tag === undefined) return undefined;
  const release = findRelease(tag);
  return release === undefined ? undefined : { release, why: `the image ${text} says so` };
}
