// The lane of the page: where no browser can be had it says so in one loud line; with CI=true that is
// a failure.

import { jest } from "@jest/globals";
import { describeWhereHad } from "../../support/needs.ts";
import { missingHere } from "./browser.ts";

export function browserLane(name: string, tests: () => void): void {
  // The first run on a machine installs the browser.
  jest.setTimeout(10 * 60_000);
  describeWhereHad(missingHere(), name, tests);
}
