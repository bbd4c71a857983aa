// Another release of the operator, and another way to install it, are nothing that
// Nova notices.
import { deepStrictEqual, match, notEqual } from "node:assert/strict";
import { operatorName, operatorNamespace } from "../../src/api/names.ts";
import { allUpAndEnabled, fragments, type Note, type World } from "./evidence.ts";
import { novaNamespace } from "./layout.ts";
import { allReady, applyRelease, operatorRolledOut } from "./operator.ts";
import { versions } from "./release.ts";

export async function upgradeAndBack(world: World, note: Note): Promise<void> {
  await unnoticed(world, async () => {
    let image = await operatorImage(world);
    for (const version of [versions.newer, versions.older]) {
      await applyRelease(world.cluster, world.releases, version);
      await operatorRolledOut(world.cluster);
      await allReady(world.cluster);
      const next = await operatorImage(world);
      notEqual(next, image, `the image of ${version} is another`);
      image = next;
      note(`${version} runs: ${image}`);
    }
  });
}

export async function moveToTheChart(world: World, note: Note): Promise<void> {
  const { cluster, releases } = world;
  await unnoticed(world, async () => {
    await releases.helm(
      [
        ...["install", "nova-pci", releases.chart, "--version", versions.newer, "--plain-http"],
        ...["-n", operatorNamespace, "--take-ownership", "--force-conflicts"],
        ...["--wait", "--timeout", "5m"],
        ...["--set", `novaNamespaces[0].name=${novaNamespace}`],
      ],
      cluster.adminKubeconfig,
    );
    await operatorRolledOut(cluster);
    await allReady(cluster);
  });
  match(
    await releases.helm(["list", "-n", operatorNamespace], cluster.adminKubeconfig),
    /deployed/,
  );
  note(`installed by Helm from the registry: ${await operatorImage(world)}`);
}

/** Every pod of Nova lives on with what it reads. */
async function unnoticed(world: World, work: () => Promise<void>): Promise<void> {
  const mark = await world.pods.mark();
  const before = await fragments(world);
  await work();
  deepStrictEqual(await world.pods.since(mark), []);
  deepStrictEqual(await fragments(world), before);
  await allUpAndEnabled(world);
}

function operatorImage({ cluster }: World): Promise<string> {
  return cluster.kubectl([
    ...["-n", operatorNamespace, "get", "deployment", operatorName],
    ...["-o", "jsonpath={.spec.template.spec.containers[0].image}"],
  ]);
}
