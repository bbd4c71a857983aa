// A real browser: Debian's Chromium, installed when it is missing, driven by playwright-core.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";

const programs = ["chromium", "chromium-browser", "google-chrome"];

function program(): string | undefined {
  return programs.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
}

/** The fonts of the pictures in the documents. */
const packages = ["chromium", "fonts-inter", "fonts-jetbrains-mono"];

/** In words; undefined: there is one, or it can be installed. */
export function missingHere(): string | undefined {
  if (program() !== undefined) return undefined;
  const can = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  return can ? undefined : "Chromium (apt-get install chromium)";
}

export async function openBrowser(): Promise<Browser> {
  installBrowser();
  return chromium.launch({ executablePath: program()!, args: ["--no-sandbox"] });
}

/** Where it is missing; what has no network must have had it done before. */
export function installBrowser(): void {
  if (program() !== undefined) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["install", "-y", "-qq", "--no-install-recommends"];
  for (const args of [
    ["update", "-qq"],
    [...options, ...packages],
  ]) {
    const done = spawnSync("apt-get", args, { env, encoding: "utf8" });
    if (done.status !== 0)
      throw new Error(`apt-get ${args[0]!} failed: ${done.stderr.trim().slice(-1000)}`);
  }
}

/** Where pictures of the last run are kept, outside the tree. */
function pictureFolder(): string {
  const cache = process.env["NOVA_PCI_CACHE"] ?? join(homedir(), ".cache", "nova-pci-operator");
  const folder = join(cache, "pictures");
  mkdirSync(folder, { recursive: true });
  return folder;
}

export function keepPicture(name: string, picture: Buffer): void {
  writeFileSync(join(pictureFolder(), name), picture);
}

/** As small as the documents want it, and sharp on a dense screen. */
export async function webPicture(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  return Buffer.from(data, "base64");
}
