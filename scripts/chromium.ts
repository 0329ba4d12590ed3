import { existsSync } from "node:fs";

/** Where Chromium is and how tests start it. */

const candidates = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Path of an installed Chromium, or undefined. `CHROMIUM_PATH` overrides. */
export function findChromium(): string | undefined {
  return candidates.find((path) => path !== undefined && path !== "" && existsSync(path));
}

/** @throws Error saying how to install one when there is none. */
export function chromiumPath(): string {
  const path = findChromium();
  if (path === undefined)
    throw new Error(
      "Chromium was not found. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to its executable.",
    );
  return path;
}

/** No sandbox, because containers run as root; no calls home, because tests run without a network. */
export const chromiumArgs = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
