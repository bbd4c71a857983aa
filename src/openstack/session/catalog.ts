// The catalog of a token, and a service's endpoint in it for the wished interface and region. Pure.
// An endpoint is brought to the root its paths hang on, whatever form the catalog writes it in
// (unversioned, versioned, with a project id at its end).
import { Failure } from "../../api/failure.ts";
import type { EndpointInterface, ServiceType } from "./clouds-yaml.ts";
import { isRecord, textOf } from "../wire/json.ts";

export type Catalog = readonly CatalogService[];

type CatalogService = {
  readonly type: string;
  readonly endpoints: readonly CatalogEndpoint[];
};

type CatalogEndpoint = {
  readonly interface: string;
  readonly region: string;
  readonly url: string;
};

type EndpointWish = {
  readonly interface: EndpointInterface;
  readonly regionName: string | undefined;
  readonly overrides: Readonly<Partial<Record<ServiceType, string>>>;
};

export function readCatalog(value: unknown): Catalog {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((service) => ({
    type: textOf(service["type"]),
    endpoints: (Array.isArray(service["endpoints"]) ? service["endpoints"] : [])
      .filter(isRecord)
      .map((endpoint) => ({
        interface: textOf(endpoint["interface"]),
        region: textOf(endpoint["region_id"]) || textOf(endpoint["region"]),
        url: textOf(endpoint["url"]),
      })),
  }));
}

/** Throws a Failure that says what the catalog holds instead. */
export function endpointOf(service: ServiceType, catalog: Catalog, wish: EndpointWish): string {
  const override = wish.overrides[service];
  if (override !== undefined) return rootOf(service, override);
  const all = catalog.filter(({ type }) => type === service).flatMap(({ endpoints }) => endpoints);
  if (all.length === 0) throw new Failure("missing", `the catalog has no ${service} service`);
  const right = all.filter((endpoint) => endpoint.interface === wish.interface);
  if (right.length === 0)
    throw new Failure(
      "missing",
      `the catalog has no ${wish.interface} endpoint of ${service}, only ${namesOf(all, "interface")}: set interface`,
    );
  return rootOf(service, ofRegion(service, right, wish.regionName).url);
}

function ofRegion(
  service: ServiceType,
  endpoints: readonly CatalogEndpoint[],
  regionName: string | undefined,
): CatalogEndpoint {
  const inRegion = endpoints.filter(({ region }) => (regionName ?? region) === region);
  const regions = namesOf(endpoints, "region");
  const first = inRegion[0];
  if (first === undefined)
    throw new Failure(
      "missing",
      `the catalog has no ${service} in region ${regionName ?? ""}, only in ${regions}: set region_name`,
    );
  if (regionName === undefined && new Set(endpoints.map(({ region }) => region)).size > 1)
    throw new Failure("refused", `the catalog has ${service} in ${regions}: set region_name`);
  return first;
}

/**
 * compute: .../v2.1 without a project id; placement: as it is; network: .../v2.0. Links inside
 * version documents are not followed: behind a TLS front they often name the wrong scheme or host.
 */
function rootOf(service: ServiceType, url: string): string {
  const trimmed = url.replace(/\/+$/, "");
  switch (service) {
    case "compute":
      return `${trimmed.replace(/\/v2(\.\d+)?(\/[^/]+)?$/, "")}/v2.1`;
    case "placement":
      return trimmed;
    case "network":
      return `${trimmed.replace(/\/v2\.0$/, "")}/v2.0`;
  }
}

function namesOf(endpoints: readonly CatalogEndpoint[], key: "interface" | "region"): string {
  return [...new Set(endpoints.map((endpoint) => endpoint[key]))].sort().join(", ");
}
