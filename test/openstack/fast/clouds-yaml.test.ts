import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { parseClouds } from "../../../src/openstack/session/clouds-yaml.ts";

const password = `clouds:
  mine:
    auth:
      auth_url: https://keystone.example:5000
      username: nova-pci
      password: "s3cret"
      project_name: service
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
`;

function credentials(text: string, cacert?: string) {
  const parsed = parseClouds({ text, cacert });
  expect(parsed.problems).toEqual([]);
  return parsed.credentials!;
}

function problems(text: string, cloudName?: string): readonly string[] {
  const parsed = parseClouds({ text, cloudName });
  return parsed.problems.map(({ field, message }) => `${field} ${message}`);
}

test("a password cloud is read whole", () => {
  const found = credentials(password);
  expect(found).toMatchObject({
    cloudName: "mine",
    authUrl: "https://keystone.example:5000/v3",
    regionName: "RegionOne",
    interface: "public",
    verify: true,
  });
  expect(found.identity).toMatchObject({
    method: "password",
    user: { name: "nova-pci", domain: { name: "Default" } },
    project: { name: "service", domain: { name: "Default" } },
  });
});

test("an application credential by id needs nothing else", () => {
  const found = credentials(`clouds:
  mine:
    auth_type: v3applicationcredential
    auth:
      auth_url: http://[::1]:5000/identity/v3/
      application_credential_id: abc
      application_credential_secret: s3cret
    interface: internal
    identity_api_version: 3
`);
  expect(found.authUrl).toBe("http://[::1]:5000/identity/v3");
  expect(found.identity).toMatchObject({ method: "application_credential", id: "abc" });
  expect(found.interface).toBe("internal");
});

test("no printer of objects can print a secret", () => {
  const found = credentials(password);
  for (const text of [JSON.stringify(found), inspect(found, { depth: 9 })])
    expect(text).not.toContain("s3cret");
});

test.each([
  ["http://k:5000", "http://k:5000/v3"],
  ["http://k:5000/", "http://k:5000/v3"],
  ["http://k:5000/v3/", "http://k:5000/v3"],
  ["http://k:5000/v2.0", "http://k:5000/v3"],
  ["https://k/identity", "https://k/identity/v3"],
])("auth_url %s means %s", (written, meant) => {
  expect(credentials(password.replace("https://keystone.example:5000", written)).authUrl).toBe(
    meant,
  );
});

test.each([
  ["    interface: internalURL\n", "internal"],
  ["    endpoint_type: admin\n", "admin"],
  ["    interface: [internal, public]\n", "internal"],
])("%j asks for the %s endpoints", (line, meant) => {
  expect(credentials(password + line).interface).toBe(meant);
});

test("keys of other tools are let be", () => {
  const noise = `    compute_api_version: "2.1"
    volume_api_version: 3
    image_format: raw
    networks: [{name: public, routes_externally: true}]
    floating_ip_source: neutron
    status: active
`;
  expect(credentials(password + noise).cloudName).toBe("mine");
});

test.each(["verify: false", 'verify: "false"', "verify: no", "insecure: true"])(
  "%s turns the check of certificates off",
  (line) => {
    expect(credentials(`${password}    ${line}\n`).verify).toBe(false);
  },
);

describe("cacert", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  test("beside the file is taken", () => {
    expect(credentials(password, pem).cacert).toBe(pem);
  });

  test("as a path is a warning that says where its content belongs", () => {
    const parsed = parseClouds({ text: `${password}    cacert: /etc/ssl/own.pem\n` });
    expect(parsed.credentials?.cacert).toBeUndefined();
    expect(parsed.credentials && "warnings" in parsed ? parsed.warnings : []).toEqual([
      { field: "clouds.mine.cacert", message: expect.stringContaining("under the key cacert") },
    ]);
  });

  test("that is no certificate is refused", () => {
    expect(parseClouds({ text: password, cacert: "hello" }).problems).toHaveLength(1);
  });
});

test.each([
  ["", "clouds.yaml is not YAML"],
  ["hello", "clouds.yaml is not a YAML mapping"],
  ["clouds: [", "clouds.yaml is not YAML"],
  ["cloud: {}", "clouds is missing"],
  ["clouds: {a: {}, b: {}}", "clouds holds 2 clouds (a, b): say which with cloudName"],
  [password.replace("https://", "ftp://"), "clouds.mine.auth.auth_url must be a URL"],
  [password.replace("https://", "https://me:pw@"), "auth_url must not carry a user or password"],
  [password.replace(/ +auth_url.*\n/, ""), "clouds.mine.auth.auth_url is missing"],
  [
    password.replace('"s3cret"', "12345"),
    "clouds.mine.auth.password is read as number here: put it in quotes",
  ],
  [password.replace(/ +password.*\n/, ""), "clouds.mine.auth.password is missing"],
  [password.replace(/ +username.*\n/, ""), "clouds.mine.auth.username is missing"],
  [
    password.replace("project_name: service", "system_scope: all"),
    "Nova does not take a system scope",
  ],
  [`${password}    auth_type: v3totp\n`, "clouds.mine.auth_type is not supported"],
  [`${password}    identity_api_version: 2\n`, "clouds.mine.identity_api_version must be 3"],
  [
    `${password}    interface: outside\n`,
    "clouds.mine.interface must be public, internal or admin",
  ],
  [`${password}    compute_endpoint_override: nova\n`, "compute_endpoint_override must be a URL"],
])("%j is refused by field", (text, said) => {
  expect(problems(text).join("; ")).toContain(said);
});

test("an unknown cloud is answered with the names there are", () => {
  expect(problems(password, "yours")).toEqual(["clouds.yours does not exist; there is mine"]);
});

test("a YAML mistake does not quote the lines around it", () => {
  const broken = `${password}  bad: [s3cret`;
  expect(problems(broken).join()).toContain("line");
  expect(problems(broken).join()).not.toContain("s3cret");
});

test.each([
  "*hunter2S3cret",
  "!hunter2S3cret",
  "&hunter2 *S3cret",
  "!!S3cret x",
  "@S3cret",
  "%S3cret",
  "a: b: S3cret",
  "[S3cret",
  '"S3cret',
  "{S3cret: x",
  "|S3cret",
  '"a\\S3cret"',
  "x\n  S3cret: {}",
  "x\n    S3cret",
  "x\n  - S3cret",
  "x\n S3cret:\n  S3cret: 1",
  "{ S3cret: S3cret }",
  "[S3cret]",
  "x\n    auth_type: S3cret",
  "x\n    interface: S3cret",
  "x\n    identity_api_version: S3cret",
  "x\n    compute_endpoint_override: S3cret",
  "x\n    cacert: S3cret",
])("whatever is wrong with a password %j, no message repeats it", (value) => {
  for (const text of [
    password.replace('"s3cret"', value),
    password.replace("https://keystone.example:5000", `https://nova:${value}@keystone`),
    password.replace("mine:", `${value}:`),
    `clouds:\n  ${value}: x\n`,
  ]) {
    const parsed = parseClouds({ text });
    const said = [...parsed.problems, ...("warnings" in parsed ? parsed.warnings : [])];
    const messages = said.map(({ message }) => message).join(" ");
    expect(messages).not.toMatch(/S3cret|hunter2/);
  }
});
