import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

/**
 * Kills workerd when this process is gone, however it went.
 *
 * After `kill -9` nothing in this process can clean up, and workerd on its own would go on holding the port and the
 * state. So a shell in a process group of its own waits on a pipe for this process to end. Miniflare does not tell the
 * id of the workerd that it starts (and starts again after a crash); Node's diagnostics channel does.
 */
export function guardAgainstOrphans(): void {
  const guard = spawn(
    "sh",
    ["-c", 'p=; while read -r line; do p=$line; done; [ -z "$p" ] || kill -9 "$p" 2>/dev/null'],
    {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    },
  );
  guard.on("error", (error) => console.error(`No guard against an orphaned workerd: ${error.message}`));
  // Between two workerds, and when the guard was killed, there is nothing to tell.
  guard.stdin.on("error", () => {});
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    if (child === guard) return;
    child.once("spawn", () => {
      if (!child.spawnfile.includes("workerd")) return;
      guard.stdin.write(`${child.pid}\n`);
      child.once("exit", () => guard.stdin.write("\n"));
    });
  });
}
