// The documents as a site: it builds, and a link to nothing fails it.
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlPlaneLane } from "../../control-plane/lane.ts";

const root = join(import.meta.dirname, "../../..");

controlPlaneLane("site", () => {
  test("it builds, and a dead link fails it", () => {
    const made = spawnSync("npm", ["run", "-s", "docs"], { cwd: root, encoding: "utf8" });
    expect({ status: made.status, stderr: made.status === 0 ? "" : made.stderr }).toEqual({
      ...{ status: 0, stderr: "" },
    });
    for (const page of ["index", "tutorial", "howto/uninstall", "reference/gates"])
      expect(existsSync(join(root, `docs/.vitepress/dist/${page}.html`))).toBe(true);
    const copy = mkdtempSync(join(tmpdir(), "nova-pci-site-"));
    try {
      // The site's own settings with one page, which is enough to be refused.
      for (const own of ["package.json", ".vitepress/config.mjs"])
        cpSync(join(root, "docs", own), join(copy, own));
      symlinkSync(join(root, "docs/node_modules"), join(copy, "node_modules"));
      const build = (page: string) => {
        writeFileSync(join(copy, "index.md"), page);
        return spawnSync("npm", ["run", "-s", "build"], { cwd: copy, encoding: "utf8" });
      };
      expect(build("[here](/index)").status).toBe(0);
      const broken = build("[nowhere](/nowhere)");
      expect(broken.status).not.toBe(0);
      expect(broken.stdout + broken.stderr).toContain("/nowhere");
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
