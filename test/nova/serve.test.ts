// Would this service start and serve with these files? What each service reads, and where it says so.

import { describe, expect, test } from "@jest/globals";
import { findRelease } from "../../src/nova/terms/release.ts";
import { checkService, type Override } from "../../src/nova/service/serve.ts";

function check(
  service: string,
  version: string,
  text: string,
  overrides: readonly Override[] = [],
): readonly string[] {
  const release = findRelease(version)!;
  const files = [{ name: "nova.conf", text }];
  return checkService({ service, release, files, overrides }).map(
    (finding) =>
      `${finding.severity} ${finding.policy} ${finding.file ?? "-"}:${finding.line ?? 0}`,
  );
}

const good = '{"name":"a","vendor_id":"8086","product_id":"154d","device_type":"type-PF"}';
const bare = '{"name":"a"}';
const spec = '{"vendor_id":"8086","product_id":"154d"}';

describe("aliases", () => {
  test.each<[string, string, string, readonly string[]]>([
    ["nova-api", "34.0.0", good, []],
    ["nova-api", "34.0.0", bare, ["refuse NovaRefuses nova.conf:3"]],
    ["nova-compute", "31.3.1", bare, ["refuse NovaRefuses nova.conf:3"]],
    ["nova-api", "31.3.0", bare, ["warn MissingIds nova.conf:3"]],
    ["nova-scheduler", "34.0.0", bare, ["warn PciFilterMissing -:0"]],
    ["nova-conductor", "34.0.0", bare, []],
    ["nova-api", "30.0.0", "{'name':'a'}", ["refuse NovaRefuses nova.conf:3"]],
    ["nova-api", "34.0.0", "gpu$nothing", ["refuse NovaRefuses nova.conf:3"]],
    ["nova-api", "34.0.0", "", ["refuse NovaRefuses nova.conf:3"]],
  ])("%s %s reads %j", (service, version, value, expected) => {
    expect(check(service, version, `[pci]\n# comment\nalias = ${value}\n`)).toEqual(expected);
  });

  test("pci_in_placement of the same process decides", () => {
    const text = '[pci]\nalias = {"name":"a","resource_class":"CUSTOM_GPU"}\n';
    const on = { section: "filter_scheduler", option: "pci_in_placement", value: "true" };
    expect(check("nova-compute", "34.0.0", text)).toEqual(["refuse NovaRefuses nova.conf:2"]);
    expect(check("nova-compute", "34.0.0", text, [on])).toEqual([]);
  });

  test("a repeated name in Placement stops a new nova-api and fails each request of an old one", () => {
    const text = `[filter_scheduler]\npci_in_placement = on\n[pci]\nalias = ${good}\nalias = ${good}\n`;
    expect(check("nova-api", "34.0.0", text)).toEqual(["refuse NovaRefuses nova.conf:5"]);
    expect(check("nova-api", "30.0.0", text)).toEqual(["refuse NovaRefuses nova.conf:4"]);
  });
});

describe("device specs", () => {
  test.each<[string, string, string, readonly string[]]>([
    ["nova-compute", "34.0.0", spec, []],
    ["nova-api", "34.0.0", spec, ["warn DeviceSpecElsewhere nova.conf:2"]],
    ["nova-compute", "34.0.0", "{}", ["warn MatchesEveryDevice nova.conf:2"]],
    [
      "nova-compute",
      "34.0.0",
      '{"vendor":"8086"}',
      ["warn MatchesEveryDevice nova.conf:2", "warn UnknownTag nova.conf:2"],
    ],
    ["nova-compute", "34.0.0", '{"vendor_id":"zz"}', ["refuse NovaRefuses nova.conf:2"]],
    [
      "nova-scheduler",
      "34.0.0",
      '{"vendor_id":"zz"}',
      [
        "warn DeviceSpecElsewhere nova.conf:2",
        "refuse NovaRefuses nova.conf:2",
        "warn PciFilterMissing -:0",
      ],
    ],
    ["nova-compute", "25.0.0", spec, ["warn UnknownTag nova.conf:2"]],
    ["nova-compute", "34.0.0", '{"address":{"bus":"0a++"}}', ["warn UnportableRegex nova.conf:2"]],
    [
      "nova-compute",
      "34.0.0",
      '{"vendor_id":"8086","dev_type":"type-PCI"}',
      ["warn PoolPropertyTag nova.conf:2"],
    ],
  ])("%s %s reads %j", (service, version, value, expected) => {
    expect(check(service, version, `[pci]\ndevice_spec = ${value}\n`)).toEqual(expected);
  });

  test("a device name cannot be reported to Placement", () => {
    const text = '[pci]\ndevice_spec = {"devname":"eth0"}\nreport_in_placement = true\n';
    expect(check("nova-compute", "34.0.0", text)).toEqual(["refuse NovaRefuses nova.conf:2"]);
    expect(check("nova-compute", "25.0.0", text)).toEqual(["warn UnknownTag nova.conf:2"]);
  });
});

describe("filters", () => {
  test.each<[string, string, readonly string[]]>([
    ["34.0.0", "ComputeFilter,PciPassthroughFilter", []],
    ["34.0.0", "ComputeFilter", ["warn PciFilterMissing nova.conf:2"]],
    ["28.0.0", "AvailabilityZoneFilter,PciPassthroughFilter", ["refuse NovaRefuses nova.conf:2"]],
    ["27.0.0", "AvailabilityZoneFilter, PciPassthroughFilter", []],
    ["34.0.0", "pcipassthroughfilter,PciPassthroughFilter", ["refuse NovaRefuses nova.conf:2"]],
  ])("Nova %s with %s", (version, filters, expected) => {
    const text = `[filter_scheduler]\nenabled_filters = ${filters}\n`;
    expect(check("nova-scheduler", version, text)).toEqual(expected);
  });

  test("a site may have filters of its own, and only its Python can tell which", () => {
    const text =
      "[filter_scheduler]\nenabled_filters = MyFilter,PciPassthroughFilter\navailable_filters = my.filters\n";
    const told = "warn NovaRefuses nova.conf:2";
    expect(check("nova-scheduler", "34.0.0", text)).toEqual([told, told]);
  });
});

test("a file that is no INI stops every service, at its line", () => {
  for (const service of ["nova-api", "nova-compute", "nova-scheduler", "nova-conductor"]) {
    expect(check(service, "34.0.0", "[pci]\nalias = {\n}\n")).toEqual([
      "refuse NovaRefuses nova.conf:3",
    ]);
  }
});

test("a message says which Nova would do what", () => {
  const release = findRelease("30.0.0")!;
  const [found] = checkService({
    service: "nova-api",
    release,
    files: [{ name: "f", text: "[pci]\nalias = []\n" }],
  });
  expect(found?.message).toBe(
    "nova-api 30.0.0 would answer 400 to every server with a PCI flavor: an alias is one object, not a list: remove the line",
  );
});
