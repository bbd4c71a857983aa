// What people have in nova.conf, once more through lint: what import ends with 0 is right for it, too.
import { expect, test } from "@jest/globals";
import { command } from "../../../src/cli/import.ts";
import { command as lint } from "../../../src/cli/lint/lint.ts";
import { configurations } from "../field/configurations.ts";
import { spellings } from "../field/spellings.ts";
import { runCommand } from "../texts-io.ts";

test("exit code 0 of import is exit code 0 of lint", async () => {
  let fine = 0;
  for (const [name, text] of [...configurations, ...spellings]) {
    const ran = await runCommand(command, ["nova.conf"], { "nova.conf": text });
    if (ran.exit !== 0) continue;
    const judged = await runCommand(lint, ["-f", "out.yaml"], { "out.yaml": ran.stdout });
    expect([name, judged.exit, judged.stdout]).toEqual([name, 0, expect.any(String)]);
    fine++;
  }
  expect(fine).toBeGreaterThan(40);
}, 60_000);
