// The file that is shipped: one ESM bundle, dist/nova-pci.js, unminified and with a source map.
//   --link            node_modules/.bin/nova-pci, so that `npx --no-install nova-pci` works in a
//                     clone (npm links only the commands of dependencies, not a package's own)
// A release calls bundle() itself: another folder, its version, and esbuild's list of what is in it.
import { build } from "esbuild";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { buildPage, pageInside } from "./page.js";

const root = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** "22.19" of ">=22.19". */
const oldest = manifest.engines.node.replace(">=", "");

/** Before anything else: an older Node ends in a stack trace of some dependency. */
const ageCheck = [
  `{ const [major, minor] = process.versions.node.split(".").map(Number);`,
  `  const [needMajor, needMinor = 0] = [${oldest.split(".").join(", ")}];`,
  `  if (major < needMajor || (major === needMajor && minor < needMinor)) {`,
  `    process.stderr.write("nova-pci needs Node.js ${oldest} or newer; this is " + process.versions.node + "\\n");`,
  `    process.exit(2); } }`,
].join("\n");

/** CommonJS dependencies call require(); an ESM bundle has none of its own. */
const requireOfBundle = [
  'import { createRequire as createRequireForBundle } from "node:module";',
  "const require = createRequireForBundle(import.meta.url);",
].join("\n");

/** package.json in the bundle is its version and nothing else. */
const onlyVersion = (version) => ({
  name: "only-version",
  setup: ({ onLoad }) =>
    onLoad({ filter: /package\.json$/ }, ({ path }) =>
      path === join(root, "package.json")
        ? { contents: JSON.stringify({ version }), loader: "json" }
        : undefined,
    ),
});

/**
 * What is used of packages whose entry loads everything they have. Of the Kubernetes client that is
 * the reading of a kubeconfig; its generated API is five times as long as our own program. Of undici
 * it is the agent: fetch, web sockets, caches and mocks are a million bytes more. An export that is
 * not named here and is used after all ends the build.
 */
const used = {
  "@kubernetes/client-node/dist/index.js": `export { KubeConfig } from "./config.js";`,
  "@kubernetes/client-node/dist/gen/index.js": [
    `export { createConfiguration } from "./configuration.js";`,
    `export { ServerConfiguration } from "./servers.js";`,
  ].join("\n"),
  "undici/index.js": [
    `import Dispatcher from "./lib/dispatcher/dispatcher.js";`,
    `import api from "./lib/api/index.js";`,
    `Object.assign(Dispatcher.prototype, api);`,
    `export { default as Agent } from "./lib/dispatcher/agent.js";`,
    `export { default as ProxyAgent } from "./lib/dispatcher/proxy-agent.js";`,
    // Named by the generated API of the Kubernetes client alone, which nobody calls.
    `export const { fetch } = globalThis;`,
  ].join("\n"),
};

const onlyUsed = {
  name: "only-used",
  setup: ({ onLoad }) =>
    onLoad({ filter: /node_modules\/.*\/index\.js$/ }, ({ path }) => {
      const contents = used[path.slice(path.lastIndexOf("node_modules/") + 13)];
      return contents && { contents, loader: "js", resolveDir: dirname(path) };
    }),
};

/** The page is a text in the bundle: what it is made of is named as esbuild names the rest. */
function originsOf({ metafile }) {
  return Object.keys(metafile.inputs)
    .filter((path) => path.includes("node_modules/"))
    .map((path) => `// ${path}`);
}

function withPage(program, page) {
  return {
    inputs: { ...program.inputs, ...page.inputs },
    outputs: { ...program.outputs, ...page.outputs },
  };
}

/** Writes the bundle and returns esbuild's metafile. */
export async function bundle({
  outfile,
  version = manifest.version,
  minify = false,
  sourcemap = false,
}) {
  const page = await buildPage({ minify: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: `node${oldest}`,
    sourcemap,
    minify,
    keepNames: minify,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [onlyVersion(version), onlyUsed, pageInside(page)],
    banner: {
      js: ["#!/usr/bin/env node", ageCheck, ...originsOf(page), requireOfBundle].join("\n"),
    },
  });
  chmodSync(outfile, 0o755);
  return withPage(metafile, page.metafile);
}

if (process.argv[1] === import.meta.filename) {
  const outfile = join(root, "dist/nova-pci.js");
  await bundle({ outfile, sourcemap: true });
  if (process.argv.includes("--link")) {
    const link = join(root, "node_modules/.bin/nova-pci");
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), outfile), link);
  }
}
