// A kubeconfig that cannot be used: one line that names the file, why, and what to do.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { loadAccess } from "../../src/cluster/wire/access.ts";

const folder = mkdtempSync(join(tmpdir(), "nova-pci-"));
const files = {
  text: "not a kubeconfig",
  tabs: "clusters:\n\t- name: a\n",
  empty: "",
  other: "apiVersion: v1\nkind: ConfigMap\n",
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

test.each([
  ["none", "no such file"],
  [".", "is a folder"],
  ["text", ""],
  ["tabs", "is not a kubeconfig"],
  ["empty", ""],
  ["other", ""],
])("%s", async (name, why) => {
  const refused = loadAccess({ kubeconfig: join(folder, name) });
  const error = await refused.then(
    () => undefined,
    (reason: unknown) => reason as { readonly kind?: string; readonly message: string },
  );
  expect(error?.kind).toBe("refused");
  expect(error?.message).toContain(why);
  expect(error?.message).toMatch(/kubeconfig/);
  expect(error?.message.split("\n").length).toBe(1);
});
