import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockState } from "./state-lock.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "edgewise-lock-"));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

/** Another process that holds the lock until it is killed. */
async function holder(url: string) {
  const source = `import { lockState } from ${JSON.stringify(join(import.meta.dirname, "state-lock.ts"))};
    lockState(${JSON.stringify(stateDir)}, ${JSON.stringify(url)});
    console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("names the server that has the state, and lets go when that one is killed", async () => {
  const child = await holder("http://localhost:1");
  expect(() => lockState(stateDir, "http://localhost:2")).toThrow(
    `in use by the server at http://localhost:1 (process ${child.pid})`,
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(() => lockState(stateDir, "http://localhost:2")).not.toThrow();
});
