import { accessSync, constants, statfsSync } from "node:fs";

/** What the Worker is told of the disk that its state is on: bytes that are free, of how many; `problem`: why nothing can be written. */
export type StateDisk = { freeBytes: number; totalBytes: number; problem: string | null };

/** Less than this is nothing, bytes: SQLite writes pages of 4 KiB to a log that it may have to make longer first. */
const NOTHING = 256 * 1024;

/** Looks at the disk of a state folder. Never throws: what cannot be looked at is the problem. */
export function stateDisk(stateDir: string): StateDisk {
  try {
    const { bavail, blocks, bsize } = statfsSync(stateDir);
    const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize];
    const full = freeBytes < NOTHING ? "is full" : null;
    return { freeBytes, totalBytes, problem: full ?? writeProblem(stateDir) };
  } catch (error) {
    return { freeBytes: 0, totalBytes: 0, problem: `cannot be looked at: ${(error as Error).message}` };
  }
}

function writeProblem(stateDir: string): string | null {
  try {
    accessSync(stateDir, constants.W_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS" ? "is read-only" : "may not be written by this user";
  }
}
