// What Argo CD and Flux make of our objects: the health check in Lua on the statuses that scenarios
// lead to, and the fields that are told to be no drift.
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fengari from "fengari";
import { load, loadAll } from "js-yaml";
import { fragmentAnnotation } from "../../src/api/names.ts";
import { kstatus, toldInScenarios, type Kstatus } from "./told.ts";

const root = join(import.meta.dirname, "../..");
const gitops = (file: string): string => readFileSync(join(root, "deploy/gitops", file), "utf8");
const scripts = (load(gitops("argocd-health.yaml")) as { data: Record<string, string> }).data;

type Health = { readonly status: string; readonly message: string };
const { lua, lauxlib, lualib } = fengari;
const luaText = (text: string) => fengari.to_luastring(text);
const luaString = (state: object, index: number): string =>
  fengari.to_jsstring(lua.lua_tostring(state, index));

/** A value as Lua source: tables of string keys and lists. */
function asLua(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (typeof value === "string") return JSON.stringify(value).replaceAll(/\\u(....)/g, "\\u{$1}");
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `{${value.map(asLua).join(",")}}`;
  const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${pairs.map(([key, item]) => `[${JSON.stringify(key)}]=${asLua(item)}`).join(",")}}`;
}

function healthOf(kind: string, object: unknown): Health {
  const script = scripts[`resource.customizations.health.pci.openstack.org_${kind}`]!;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const program = `local obj = ${asLua(object)}\nlocal hs = (function()\n${script}\nend)()\nreturn hs.status, hs.message`;
  const failed = lauxlib.luaL_dostring(state, luaText(program));
  if (failed) throw new Error(luaString(state, -1));
  return { status: luaString(state, -2), message: luaString(state, -1) };
}

const condition = (type: string, status: string, reason: string, message = "why") => ({
  ...{ type, status, reason, message },
});
const object = (...conditions: readonly object[]) => ({
  metadata: { name: "a", generation: 2 },
  status: { observedGeneration: 2, conditions },
});
const ready = condition("Ready", "True", "Live");
const notReady = condition("Ready", "False", "NoWorkload");

test.each([
  ["no status", { metadata: { generation: 1 } }, "Progressing"],
  [
    "a status of an older version",
    { ...object(ready), metadata: { generation: 3 } },
    "Progressing",
  ],
  ["Ready", object(ready), "Healthy"],
  ["a person is wanted", object(notReady, condition("Stalled", "True", "NoWorkload")), "Degraded"],
  ["on its way", object(notReady, condition("Reconciling", "True", "Progressing")), "Progressing"],
  ["paused", object(notReady, condition("Stalled", "True", "Paused")), "Suspended"],
  ["Ready is Unknown", object(condition("Ready", "Unknown", "NotProvedYet")), "Progressing"],
])("%s", (_, resource, wanted) => {
  expect(healthOf("PciAlias", resource).status).toBe(wanted);
});

const agreeing: Readonly<Record<Kstatus, readonly string[]>> = {
  Failed: ["Degraded", "Suspended"],
  InProgress: ["Progressing"],
  Current: ["Healthy"],
};

test("every status of every scenario has a health that agrees with kstatus", async () => {
  const seen = new Set<string>();
  for (const { name, object: told } of await toldInScenarios()) {
    const health = healthOf(told.kind, told);
    const wanted = agreeing[kstatus(told)];
    expect({ name, kind: told.kind, status: health.status }).toEqual({
      ...{ name, kind: told.kind },
      status: expect.stringMatching(new RegExp(`^(${wanted.join("|")})$`)),
    });
    expect(health.message).not.toBe("");
    seen.add(health.status);
  }
  expect([...seen].sort()).toEqual(expect.arrayContaining(["Degraded", "Healthy"]));
});

test("the one annotation is what Argo CD is told to ignore, on every kind that carries it", () => {
  const all = loadAll(gitops("argocd-application.yaml")) as readonly {
    metadata: { name: string };
    spec: {
      ignoreDifferences: { kind: string; jsonPointers: string[] }[];
      syncPolicy: { syncOptions: string[] };
    };
  }[];
  const nova = all.find(({ metadata }) => metadata.name === "nova");
  const pointer = `/spec/template/metadata/annotations/${fragmentAnnotation.replace("/", "~1")}`;
  expect(
    nova!.spec.ignoreDifferences.map((ignoreDifference) => [
      ignoreDifference.kind,
      ignoreDifference.jsonPointers,
    ]),
  ).toEqual([
    ["Deployment", [pointer]],
    ["StatefulSet", [pointer]],
  ]);
  expect(nova!.spec.syncPolicy.syncOptions).toContain("RespectIgnoreDifferences=true");
});
