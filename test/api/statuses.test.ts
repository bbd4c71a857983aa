// What is the same in the status of every kind, so that one type speaks for all of them.
import { expect, test } from "@jest/globals";
import { pciAliasSchema } from "../../src/api/generated/pci-alias.ts";
import { pciFlavorSchema } from "../../src/api/generated/pci-flavor.ts";
import { pciPassthroughSchema } from "../../src/api/generated/pci-passthrough.ts";
import { pciWhitelistSchema } from "../../src/api/generated/pci-whitelist.ts";

type Status = { readonly properties: Readonly<Record<string, { readonly items?: unknown }>> };

function rowsOf(schema: Readonly<Record<string, unknown>>, column: string): unknown {
  const { status } = schema["properties"] as { readonly status: Status };
  return status.properties[column]?.items;
}

test.each(["conditions", "warnings"])("rows of %s have the same fields in all kinds", (column) => {
  const first = rowsOf(pciAliasSchema, column);
  expect(first).toBeDefined();
  for (const schema of [pciFlavorSchema, pciPassthroughSchema, pciWhitelistSchema])
    expect(rowsOf(schema, column)).toEqual(first);
});
