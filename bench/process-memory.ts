import { readFileSync } from "node:fs";

/** Bytes that a process has of the machine's memory, at the moment or at most so far. @throws Error when there is no such process. */
export function processMemory(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const found = new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status);
  if (!found) throw new Error(`process ${pid} does not say its ${field}`);
  return 1024 * Number(found[1]);
}
