import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const start = fileURLToPath(new URL("./start.js", import.meta.url));
/** As an older Node would: one that does not strip types. */
const older = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, ["--no-experimental-strip-types", script, ...args], { encoding: "utf8" });

test("under an older Node the checkout's own is started, with the same arguments and exit status", () => {
  const help = older(start, "vw", "--help");
  expect(help.stderr).toBe("");
  expect(help.stdout).toContain("edgewise vw -d FILE");
  expect(help.status).toBe(0);
  const wrong = older(start, "evaluate", "--speck", "x");
  expect(wrong.stderr).toContain("Unknown option '--speck'");
  expect(wrong.status).toBe(2);
});

test("where there is none, it is said in a line which is needed and how to get it", () => {
  const scratch = mkdtempSync(join(tmpdir(), "edgewise-start-"));
  mkdirSync(join(scratch, "cli"));
  const copy = join(scratch, "cli", "start.js");
  copyFileSync(start, copy);
  const { stderr, status } = older(copy, "--help");
  expect(stderr).toMatch(
    /^edgewise runs on Node 24, and this is v\S+: run npm install in .*\/, which brings it along\.\n$/,
  );
  expect(status).toBe(1);
  rmSync(scratch, { recursive: true });
});
