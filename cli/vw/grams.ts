import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";

/** What the index of a feature is multiplied with before that of the next in the row is added (VW's). */
const STEP = 27942141;

const scratch = new FeatureBuffer(256);

/**
 * The features of a slot, and those that two and more of them in a row make: VW's `--ngram` and `--skips`.
 * @param most how many make the longest row; up to `skips` features may be left out within each.
 * @returns a buffer that is valid until the next call.
 */
export function withGrams(from: FeatureBuffer, most: number, skips: number): FeatureBuffer {
  if (most < 2) return from;
  scratch.clear();
  for (let i = 0; i < from.length; i++) scratch.push(from.indices[i]!, from.values[i]!);
  for (let length = 2; length <= most; length++) addRows(from, length - 1, skips, 0, [0]);
  return scratch;
}

/**
 * @param further how many features are still to follow those at `offsets`.
 * @param skips how many features may still be left out; `skipped` were left out since the last.
 */
function addRows(from: FeatureBuffer, further: number, skips: number, skipped: number, offsets: number[]): void {
  const last = offsets.at(-1)!;
  if (further === 0) {
    for (let i = 0; i < from.length - last; i++) {
      let index = from.indices[i]!;
      for (let n = 1; n < offsets.length; n++) index = (Math.imul(index, STEP) + from.indices[i + offsets[n]!]!) >>> 0;
      scratch.push(index, 1);
    }
    return;
  }
  offsets.push(last + 1 + skipped);
  addRows(from, further - 1, skips, 0, offsets);
  offsets.pop();
  if (skips > 0) addRows(from, further, skips - 1, skipped + 1, offsets);
}
