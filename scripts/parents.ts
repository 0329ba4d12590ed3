import { readFileSync } from "node:fs";

/**
 * Calls `gone` once when the parent of this process, or the parent's parent, has ended. `npm run` starts a shell that
 * starts the program, and when npm is killed nobody tells the program.
 */
export function onParentsGone(gone: () => void): void {
  const before = parents();
  const timer = setInterval(() => {
    if (parents() === before) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}

function parents(): string {
  return `${process.ppid} ${parentOf(process.ppid)}`;
}

/** From /proc, where there is one (Linux). The name of the program, in parentheses, may itself contain any character. */
function parentOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  } catch {
    return undefined;
  }
}
