// What the webhook is told of an assignment: never older than the question, and moved only when it is
// another one.
import { beforeEach, describe, expect, test } from "@jest/globals";
import { Failure } from "../../src/api/failure.ts";
import type { Call, Requests } from "../../src/cluster/wire/requests.ts";
import { assignmentReader } from "../../src/webhook/assignments.ts";

type Map = { readonly version: string; readonly data?: Readonly<Record<string, string>> };

describe("an assignment", () => {
  let there: Map | undefined;
  let servesTables: boolean;
  let asked: string[];
  let read: (namespace: string) => Promise<unknown>;

  beforeEach(() => {
    there = { version: "7", data: { n1: "a" } };
    servesTables = true;
    asked = [];
    const ask = (call: Call): Promise<unknown> => {
      const isTable = call.accept?.includes("as=Table") === true && servesTables;
      asked.push(isTable ? "version" : "all");
      if (there === undefined) return Promise.reject(new Failure("missing", "none"));
      const metadata = { resourceVersion: there.version };
      return Promise.resolve(
        isTable ? { kind: "Table", metadata } : { kind: "ConfigMap", metadata, data: there.data },
      );
    };
    read = assignmentReader({ ask } as unknown as Requests);
  });

  test("that is the same is asked for once, whole; then for its version", async () => {
    expect([await read("nova"), await read("nova"), await read("nova")]).toEqual(
      Array(3).fill({ n1: "a" }),
    );
    expect(asked).toEqual(["all", "version", "version"]);
  });

  test("that changed is the new one, for the first pod that asks", async () => {
    await read("nova");
    there = { version: "8", data: { n1: "b" } };
    expect(await read("nova")).toEqual({ n1: "b" });
    expect(asked).toEqual(["all", "version", "all"]);
  });

  test("that is gone is none, and made again it is the new one", async () => {
    await read("nova");
    there = undefined;
    expect(await read("nova")).toBeUndefined();
    expect(await read("nova")).toBeUndefined();
    there = { version: "9" };
    expect(await read("nova")).toEqual({});
    expect(asked).toEqual(["all", "version", "all", "all"]);
  });

  test("of another namespace is another one", async () => {
    await read("nova");
    await read("east");
    expect(asked).toEqual(["all", "all"]);
  });

  test("of a server that makes no tables is moved each time", async () => {
    servesTables = false;
    await read("nova");
    there = { version: "8", data: { n1: "b" } };
    expect(await read("nova")).toEqual({ n1: "b" });
    expect(asked).toEqual(["all", "all", "all"]);
  });

  test("that nobody can read is no answer", async () => {
    await read("nova");
    const refused = assignmentReader({
      ask: () => Promise.reject(new Failure("unreachable", "down")),
    } as unknown as Requests);
    await expect(refused("nova")).rejects.toThrow("down");
  });
});
