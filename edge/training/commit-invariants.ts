import { furthest } from "../log/messages.ts";
import type { Invariants } from "../storage/invariants.ts";
import { isBehind } from "./position.ts";
import type { Place, Progress } from "./progress.ts";

/**
 * What must hold of a checkpoint before it takes the place of the one that there is: no position is beyond the log, as far as that is known, none of the same log goes
 * back, and no count falls or is none. @throws BrokenInvariantError when it does not.
 */
export function requireNext(
  invariants: Invariants,
  before: { progress: Progress; places: ReadonlyMap<string, Place> },
  next: { progress: Progress; places: ReadonlyMap<string, Place> },
): void {
  for (const [partition, { position, newest }] of next.places) {
    const { log, rows } = position;
    const offset = furthest(position);
    invariants.require(
      offset <= newest,
      () => `it would be at row ${offset} of partition ${partition}, which has ${newest}`,
    );
    const last = before.places.get(partition)?.position;
    invariants.require(
      last?.log !== log || !isBehind(position, last),
      () => `it would go back from row ${last?.rows} of partition ${partition} to row ${rows}`,
    );
  }
  for (const name of ["examples", "unlearnable", "late", "missed", "clamped", "excluded"] as const)
    invariants.require(
      next.progress[name] >= before.progress[name] && Number.isSafeInteger(next.progress[name]),
      () => `${next.progress[name]} ${name} would follow on ${before.progress[name]}`,
    );
}
