import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a workerd does not outlive a parent that was killed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "edgewise-guard-"));
  const workerd = join(dir, "workerd");
  writeFileSync(workerd, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const source = `import { spawn } from "node:child_process";
    import { guardAgainstOrphans } from ${JSON.stringify(join(import.meta.dirname, "orphan-guard.ts"))};
    guardAgainstOrphans();
    const child = spawn(${JSON.stringify(workerd)}, { stdio: "ignore" });
    // The guard hears of it first: a parent killed before that would have nothing to guard.
    child.once("spawn", () => console.log(child.pid));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  for (let waited = 0; waited < 100 && isAlive(pid); waited++) await setTimeout(50);
  expect(isAlive(pid)).toBe(false);
  rmSync(dir, { recursive: true });
});
