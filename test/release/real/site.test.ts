// The documents as a site: it builds, and a link to nothing fails it.
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
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
      cpSync(join(root, "docs"), copy, { recursive: true });
      appendFileSync(join(copy, "index.md"), "\n[nowhere](/nowhere)\n");
      const broken = spawnSync("npm", ["run", "-s", "build"], { cwd: copy, encoding: "utf8" });
      expect(broken.status).not.toBe(0);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
