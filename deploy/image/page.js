// The page of `nova-pci ui` as files: script and style made of src/page by esbuild, and the one
// document that names them. No file of anybody else, nothing inline.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

const types = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** The files by name, and esbuild's metafile. */
export async function buildPage({ minify }) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/page/page.tsx", "src/page/page.css"],
    outdir: "dist/page",
    write: false,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2023",
    tsconfig: join(root, "src/page/tsconfig.json"),
    minify,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  const built = Object.fromEntries(
    outputFiles.map((one) => [one.path.split(/[\\/]/).at(-1), one.text]),
  );
  const given = Object.fromEntries(
    ["index.html", "icon.svg"].map((name) => [
      name,
      readFileSync(join(root, "src/page", name), "utf8"),
    ]),
  );
  const files = Object.entries({ ...given, ...built }).map(([name, content]) => [
    name,
    { type: types[name], content },
  ]);
  return { files: Object.fromEntries(files), metafile };
}

/** Puts the built page where src/ui/page-files.ts would build it. */
export function pageInside({ files }) {
  return {
    name: "page-inside",
    setup: ({ onLoad }) =>
      onLoad({ filter: /src[\\/]ui[\\/]page-files\.ts$/ }, () => ({
        contents: `export const pageFiles = async () => (${JSON.stringify(files)});`,
        loader: "js",
      })),
  };
}
