import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { cordonCommand, uncordonCommand } from "../../../src/cli/cordon.ts";
import { capturedIo } from "./captured-io.ts";
import { startStandIn, type Seen, type StandIn } from "./stand-in-cloud.ts";

let cloud: StandIn;
let hosts: readonly string[] = ["n1"];
let reserved = 0;
let generation = 5;
let conflicts = 0;

beforeEach(async () => {
  cloud = await startStandIn();
  [reserved, generation, conflicts] = [0, 5, 0];
  hosts = ["n1"];
  cloud.answerWith(placementWithOneCard);
});
afterEach(() => cloud.close());

function placementWithOneCard(seen: Seen) {
  const ok = (body: unknown) => ({ status: 200, body });
  const inventory = { total: 2, reserved, min_unit: 1, max_unit: 2, step_size: 1 };
  if (seen.path.endsWith("/os-services"))
    return ok({
      services: hosts.map((host) => ({ id: host, host, binary: "nova-compute", state: "up" })),
    });
  if (seen.path.endsWith("/os-hypervisors/detail"))
    return ok({ hypervisors: [{ id: "root", service: { host: "n1" } }] });
  if (seen.path.endsWith("/placement/resource_providers"))
    return ok({
      resource_providers: [
        { uuid: "root", name: "n1", root_provider_uuid: "root" },
        {
          uuid: "rp",
          name: "n1_0000:81:00.0",
          root_provider_uuid: "root",
          parent_provider_uuid: "root",
        },
      ],
    });
  if (seen.path.endsWith("/rp/allocations"))
    return ok({ allocations: { "server-1": { resources: { CUSTOM_X: 1 } } } });
  if (!seen.path.endsWith("/rp/inventories")) return undefined;
  if (seen.method === "PUT") return write(seen);
  return ok({ resource_provider_generation: generation, inventories: { CUSTOM_X: inventory } });
}

function write({ body }: Seen) {
  const written = body as {
    resource_provider_generation: number;
    inventories: { CUSTOM_X: { reserved: number; max_unit: number } };
  };
  if (conflicts-- > 0) generation += 1;
  if (written.resource_provider_generation !== generation)
    return { status: 409, body: { errors: [{ detail: "generation conflict" }] } };
  expect(written.inventories.CUSTOM_X.max_unit).toBe(2);
  reserved = written.inventories.CUSTOM_X.reserved;
  generation += 1;
  return { status: 200, body: {} };
}

const cloudsYaml = () =>
  `clouds: {t: {auth: {auth_url: "${cloud.url}", username: u, password: p, project_name: p}}}`;

async function run(command: typeof cordonCommand, ...args: readonly string[]) {
  const io = capturedIo({ "/c/clouds.yaml": cloudsYaml() });
  const code = await command.run(args, io);
  return { code, printed: io.printed(), said: io.said() };
}
const file = ["--clouds-yaml", "/c/clouds.yaml"];

test("cordon reserves the whole provider and names who keeps it; uncordon gives it back", async () => {
  expect(await run(cordonCommand, "n1", "0000:81:00.0", ...file)).toEqual({
    code: 0,
    printed:
      "n1_0000:81:00.0: 2 of 2 CUSTOM_X reserved (before 0); nothing restarts\n" +
      "still in use, and kept by: server-1\n",
    said: expect.stringContaining("pciInPlacement"),
  });
  expect(reserved).toBe(2);
  expect((await run(cordonCommand, "n1", "81:00.0", ...file)).printed).toContain("(already)");
  expect(await run(uncordonCommand, "n1", "0000:81:00.0", ...file)).toEqual({
    code: 0,
    printed: "n1_0000:81:00.0: 0 of 2 CUSTOM_X reserved (before 2); nothing restarts\n",
    said: "",
  });
  expect(reserved).toBe(0);
});

test("a provider that moves on meanwhile is read and written again", async () => {
  conflicts = 2;
  expect((await run(cordonCommand, "n1", "0000:81:00.0", ...file)).code).toBe(0);
  expect(reserved).toBe(2);
});

test("a node is found by the first label of its name", async () => {
  expect((await run(cordonCommand, "n1.example.org", "0000:81:00.0", ...file)).code).toBe(0);
});

test("a node that could be several hosts is none of them", async () => {
  hosts = ["n1.a", "n1.b"];
  expect(await run(cordonCommand, "n1", "0000:81:00.0", ...file)).toMatchObject({
    code: 1,
    said: expect.stringContaining("n1.a, n1.b"),
  });
  expect(reserved).toBe(0);
});

test("a device that Placement does not know gets the lines for Git, and nothing is written", async () => {
  const { code, printed, said } = await run(cordonCommand, "n1", "0000:3B:01.1", ...file);
  expect(code).toBe(1);
  expect(printed).toBe('exclude:\n  - nodeName: n1\n    address: "0000:3b:01.1"\n');
  expect(said).toContain("it knows 0000:81:00.0");
  expect(cloud.seen.some(({ method }) => method === "PUT")).toBe(false);
});

test("a node without nova-compute is answered with those there are", async () => {
  const { code, said } = await run(cordonCommand, "n9", "0000:81:00.0", ...file);
  expect([code, said]).toEqual([
    1,
    "nova-pci cordon: no nova-compute belongs to node n9; there is n1\n",
  ]);
});

test("a cloud that does not answer is exit code 3", async () => {
  const text = cloudsYaml();
  await cloud.close();
  const io = capturedIo({}, text);
  expect(await cordonCommand.run(["n1", "0000:81:00.0", "--clouds-yaml", "-"], io)).toBe(3);
  expect(io.said()).toContain("connection refused");
  cloud = await startStandIn();
}, 30_000);

test("--help says how", async () => {
  const { code, printed } = await run(uncordonCommand, "--help");
  expect([code, printed]).toEqual([0, uncordonCommand.help]);
});

test.each([
  [["n1"], "a node and an address are needed"],
  [["n1", "81"], 'ADDRESS is "81": write it as lspci -D does'],
  [["n1", "0000:81:00.0", "--nonsense"], "there is no option --nonsense"],
  [["n1", "0000:81:00.0", "--clouds-yaml", "/none"], "/none: no such file or folder"],
  [["n1", "0000:81:00.0", ...file, "--os-cloud", "x"], "clouds.x does not exist; there is t"],
])("%j is a usage error that says what is wrong", async (args, message) => {
  const { code, said, printed } = await run(cordonCommand, ...args);
  expect([code, printed]).toEqual([2, ""]);
  expect(said).toContain(message);
});
