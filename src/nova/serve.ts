import type { Release } from "./release.ts";
export function checkService(input: {
  readonly service: string;
  readonly release: Release;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}): readonly { readonly severity: "refuse" | "warn"; readonly message: string }[] {
  input;
  return [];
}
