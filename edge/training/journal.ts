/** How far a partition's log was learned. `log`: the log's identity; a partition that lost its data begins another. */
export type Position = { log: string; offset: number };

/** A run of one partition's examples that was learned: those of its `log` with `after` < offset <= `upto`. */
export type Slice = { partition: string; log: string; after: number; upto: number };

/** Adds a slice to a list in learning order; one that goes on where the last ended lengthens it. */
export function addSlice(slices: Slice[], slice: Slice): void {
  const last = slices.at(-1);
  if (last && goesOn(last, slice)) last.upto = slice.upto;
  else slices.push({ ...slice });
}

/** Whether a slice begins where the one before it ended. */
export const goesOn = (last: Slice, next: Slice): boolean =>
  last.partition === next.partition && last.log === next.log && last.upto === next.after;

/** Whether whoever is at this position has learned the slice. Who reads another log by now has learned all it could of this one. */
export const isLearned = ({ log, upto }: Slice, position: Position | undefined): boolean =>
  position !== undefined && (position.log !== log || position.offset >= upto);
