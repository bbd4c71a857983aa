// Where a public release is: one variable in one file, publication.json. Empty while there is none;
// then nothing names an address, and the release says how to install it from the files themselves.
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Publication = {
  /** OWNER/REPOSITORY of the source hosting; its releases hold the files. */
  readonly owner: string;
  /** REGISTRY/NAME of the image, without a tag. */
  readonly registry: string;
};

const publication = JSON.parse(
  readFileSync(join(import.meta.dirname, "publication.json"), "utf8"),
) as Publication;

export const publishedImage = publication.registry;
export const homepage = publication.owner === "" ? "" : `https://github.com/${publication.owner}`;

/** Where a file of this version can be fetched; undefined while nothing is published. */
export const fileAddress = (version: string, file: string): string | undefined =>
  homepage === "" ? undefined : `${homepage}/releases/download/v${version}/${file}`;
