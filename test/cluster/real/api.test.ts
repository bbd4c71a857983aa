// What the API server in memory is compared with: the same questions to a real one.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import { openRest, type Rest } from "../../../src/cluster/wire/rest.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { startControlPlane, type OwnControlPlane } from "../../control-plane/start.ts";
import { cases, siteOf } from "../../embedded/api-cases.ts";

const crds = join(import.meta.dirname, "../../../crds");

controlPlaneLane("the API server itself", () => {
  let plane: OwnControlPlane;
  let rest: Rest;

  beforeAll(async () => {
    // Its own: these are an administrator's writes, which nova-pci-guard refuses.
    plane = await startControlPlane();
    await plane.kubectl(["apply", "--server-side", "-k", crds]);
    rest = openRest({
      server: plane.url,
      tls: { ca: plane.ca },
      headers: () => Promise.resolve({ authorization: `Bearer ${plane.adminToken}` }),
      forget: () => undefined,
    });
  });
  afterAll(async () => {
    await rest.close();
    await plane.stop();
  });

  test.each(cases)("$says", async ({ does, shows }) => {
    expect(await does(siteOf(rest, await plane.namespace()))).toEqual(shows);
  });
});
