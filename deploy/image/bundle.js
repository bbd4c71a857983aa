// Answers "what file do we ship?": one unminified ESM bundle with a source map, dist/nova-pci.js.
// With --link it also makes node_modules/.bin/nova-pci, so that `npx --no-install nova-pci`
// works in a clone (npm links only the commands of dependencies, not a package's own).
import { build } from "esbuild";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "../..");
const outfile = join(root, "dist/nova-pci.js");

await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22.19",
  sourcemap: true,
  logLevel: "warning",
  // CommonJS dependencies call require(); an ESM bundle has none of its own.
  banner: {
    js: [
      "#!/usr/bin/env node",
      'import { createRequire as createRequireForBundle } from "node:module";',
      "const require = createRequireForBundle(import.meta.url);",
    ].join("\n"),
  },
});
chmodSync(outfile, 0o755);

if (process.argv.includes("--link")) {
  const link = join(root, "node_modules/.bin/nova-pci");
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), outfile), link);
}
