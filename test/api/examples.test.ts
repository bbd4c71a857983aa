// deploy/examples: a directory that `kubectl apply -f` takes as it is, and the worked example of
// Nova's guide in it.
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeProblem, readYaml } from "../../src/api/read-yaml.ts";
import { plurals } from "../../src/api/names.ts";

const folder = join(import.meta.dirname, "../../deploy/examples");
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .sort();
const read = files.map((file) => readYaml(file, readFileSync(join(folder, file), "utf8")));
const objects = read.flatMap((readFiles) => readFiles.objects);

test.each(files)("%s has no problem", (file) => {
  const { problems, objects: found } = read[files.indexOf(file)]!;
  expect(problems.map(describeProblem)).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});

test("there are only objects of ours, and no Secret", () => {
  expect(objects.filter((object) => !Object.hasOwn(plurals, object.kind))).toEqual([]);
  expect(files.filter((file) => !file.endsWith(".yaml"))).toEqual([]);
});

describe("the worked example", () => {
  function specOf(kind: string, name: string): unknown {
    return objects.find((object) => object.kind === kind && object.name === name)?.value["spec"];
  }

  test("asks for the scheduler's filters and says that Nova has none of its own", () => {
    expect(specOf("PciPassthrough", "nova")).toMatchObject({
      scheduler: { filters: "Manage", assumeReleaseDefaults: true },
      adopt: true,
      cloud: { credentialsSecret: "nova-pci-cloud" },
    });
  });

  test("offers two addresses on some nodes and one product on others", () => {
    const ids = { vendorId: "8086", productId: "154d" };
    expect(specOf("PciWhitelist", "by-address")).toMatchObject({
      nodeSelector: { matchLabels: { "example.org/pci": "by-address" } },
      devices: [
        { ...ids, address: "0000:41:00.0" },
        { ...ids, address: "0000:41:00.1" },
      ],
    });
    expect(specOf("PciWhitelist", "by-product")).toMatchObject({
      nodeSelector: { matchLabels: { "example.org/pci": "by-product" } },
      devices: [{ vendorId: "8086", productId: "10fb" }],
    });
  });

  test("asks for two devices of a1 in a flavor of its own", () => {
    expect(specOf("PciAlias", "a1")).toEqual({
      match: [{ vendorId: "8086", productId: "154d" }],
      deviceType: "type-PF",
    });
    expect(specOf("PciAlias", "a2")).toMatchObject({
      match: [{ vendorId: "8086", productId: "10fb" }],
    });
    expect(specOf("PciFlavor", "m1.large")).toMatchObject({
      flavor: { name: "m1.large" },
      aliases: [{ name: "a1", count: 2 }],
      create: { vcpus: 4, ramMiB: 8192, diskGiB: 80 },
    });
  });
});
