// The shape of page.js.
import type { Metafile, Plugin } from "esbuild";

export type PageFile = { readonly type: string; readonly content: string };

export function buildPage(options: { readonly minify: boolean }): Promise<{
  readonly files: Readonly<Record<string, PageFile>>;
  readonly metafile: Metafile;
}>;

export function pageInside(page: { readonly files: Readonly<Record<string, PageFile>> }): Plugin;
