import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findChromium } from "./chromium.ts";

/** `npm test` begins here: the tests of the pages need Chromium. Installs it where that takes no asking, or says what to do. */

/** A font comes with it: without any, text has no width and nothing can be clicked. */
const packages = ["chromium", "fonts-dejavu-core"];
const howTo = `
  The tests need Chromium, and there is none in the usual places.
    Debian, Ubuntu   sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}
    elsewhere        install Chromium or Chrome and say where: CHROMIUM_PATH=/path/to/chrome npm test
`;

if (findChromium() === undefined) {
  const given = process.env.CHROMIUM_PATH;
  if (given) console.error(`\n  CHROMIUM_PATH is ${given}, but there is nothing.`);
  if (canInstall()) {
    console.error(`Installing ${packages.join(" and ")} with apt-get, because the tests need them ...`);
    const installed = apt("update") && apt("install", "-y", "--no-install-recommends", ...packages);
    if (!installed) console.error("\n  apt-get failed; what it said is above.");
  }
  if (findChromium() === undefined) {
    console.error(howTo);
    process.exit(1);
  }
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

/** Runs apt-get without questions. @returns whether it went well. */
function apt(...args: string[]): boolean {
  const { status } = spawnSync("apt-get", ["-q", ...args], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}
