/** A run of one partition's examples that was learned: those with `after` < offset <= `upto`. */
export type Slice = { partition: string; after: number; upto: number };

/** Adds a slice to a list in learning order; one that goes on where the last ended lengthens it. */
export function addSlice(slices: Slice[], slice: Slice): void {
  const last = slices.at(-1);
  if (last && last.partition === slice.partition && last.upto === slice.after) last.upto = slice.upto;
  else slices.push({ ...slice });
}
