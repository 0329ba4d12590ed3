import type { Env } from "../env.ts";

/**
 * The disk under a server on one machine. `problem`: why nothing can be written to it, after "the disk"; null when it can. `restarts`: how often the runtime on
 * it ended by itself, and was started again. `front`: what stands before the runtime; null: nothing does.
 */
export type StateDisk = {
  freeBytes: number;
  totalBytes: number;
  problem: string | null;
  restarts: number;
  front: Front | null;
};
/** Calls that were sent away since it began; that wait, and that were handed to the runtime; and connections. */
type Front = { sentAway: number; waiting: number; inside: number; connections: number };

/** Looks at the disk; null on the platform, where there is none to fill. @throws Error when it does not answer. */
export async function readStateDisk({ STATE_DISK }: Env): Promise<StateDisk | null> {
  if (!STATE_DISK) return null;
  const answer = await STATE_DISK.fetch("http://state-disk/");
  return answer.json<StateDisk>();
}
