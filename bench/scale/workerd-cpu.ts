import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Process id of the workerd that this process has started. @throws Error when there is none, or more than one. */
export function workerdOf(parent: number): number {
  const { stdout } = spawnSync("pgrep", ["-P", String(parent), "workerd"], { encoding: "utf8" });
  const pid = Number(stdout.trim());
  if (!Number.isInteger(pid) || pid === 0) throw new Error(`not one workerd of process ${parent}: ${stdout}`);
  return pid;
}

/** CPU seconds that a process has used, to the 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // What follows the name in brackets, of which utime and stime are the 14th and 15th field of all, in ticks of 10 ms (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
