// The workflows, by actionlint.
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { builtTool } from "../tools.ts";

const folder = join(import.meta.dirname, "../../../.github/workflows");

controlPlaneLane("workflows", () => {
  test.each(readdirSync(folder))("actionlint finds nothing in %s", (file) => {
    const { status, stdout } = spawnSync(builtTool("actionlint"), [join(folder, file)], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });
});
