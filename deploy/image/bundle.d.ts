// The shape of bundle.js, which must run on whatever Node `npm ci` was called with.
import type { Metafile } from "esbuild";

export function bundle(options: {
  readonly outfile: string;
  readonly version?: string;
  readonly minify?: boolean;
  readonly sourcemap?: boolean;
}): Promise<Metafile>;
