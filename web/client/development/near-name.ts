/**
 * Finds the name that was probably meant.
 * @returns undefined when none is like it.
 * @example nearName("devcie", ["hour", "device"]) // "device"
 */
export function nearName(name: string, others: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const other of others) {
    const edits = editsBetween(plain(name), plain(other));
    if (edits <= (Math.max(name.length, other.length) < 6 ? 1 : 2) && edits < fewest) [best, fewest] = [other, edits];
  }
  return best;
}

/** `page_type`, `pageType` and `Page-Type` are one. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, "");

/** How many letters are to be added, taken away, changed, or swapped with the next (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        row[j - 1]! + 1,
        last[j]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
        isSwap ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
