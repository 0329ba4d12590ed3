import type { Invariants } from "../storage/invariants.ts";
import type { Append, Appended } from "./messages.ts";
import type { Counts } from "./totals.ts";

/** What was appended in a transaction that is not committed yet. Times are the log's. */
type Done = {
  batch: Append;
  appended: Appended;
  counts: Counts;
  offsets: { before: number; newest: number };
  times: { before: number; received: number };
};

/**
 * What must hold of rows that were appended: offsets go on without a gap from the newest row, times never fall, and what is answered adds up to what was sent and
 * to the rows. @throws BrokenInvariantError when it does not.
 */
export function requireAppended(invariants: Invariants, { batch, appended, counts, offsets, times }: Done): void {
  const rows = counts.decisions + counts.feedback + counts.activations;
  const { before, newest } = offsets;
  invariants.require(newest === before + rows, () => `after ${rows} rows on row ${before} the newest is row ${newest}`);
  invariants.require(
    times.received >= times.before,
    () => `rows of ${times.received} would follow on rows of ${times.before}`,
  );
  for (const list of ["decisions", "feedback", "activations"] as const) {
    const outcomes: readonly { status: string }[] = appended[list];
    invariants.require(
      outcomes.length === batch[list].length,
      () => `${batch[list].length} ${list} have ${outcomes.length} outcomes`,
    );
    let accepted = 0;
    for (const { status } of outcomes) if (status === "accepted") accepted++;
    invariants.require(
      accepted === counts[list],
      () => `${accepted} ${list} would be acknowledged as new, and ${counts[list]} are`,
    );
  }
}
