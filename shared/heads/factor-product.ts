import type { FeatureBuffer } from "../features/featurebuffer.ts";

/**
 * What the pairs of an example add to its score: the sum of the products of their features' factors, of every pair of a common feature and
 * one of the action; of all pairs, where nothing is common (online/factorised.ts). In time linear in the features (Rendle 2010).
 *
 * @param factors `rank` numbers for each index; `rank` is the length of `left` and `right`.
 * @param values of the features, in the unit of the factors.
 * @param left gets the sum of the factors times values of the common features, or of all.
 * @param right gets that of the action's features, or the sum of squares of all.
 */
export function factorProduct(
  factors: Float32Array,
  x: FeatureBuffer,
  values: Float64Array,
  left: Float64Array,
  right: Float64Array,
): number {
  const { indices } = x;
  const rank = left.length;
  const singles = x.singles || x.length;
  const middle = commonEnd(x);
  left.fill(0);
  right.fill(0);
  let product = 0;
  if (middle === 0) {
    for (let i = 0; i < singles; i++) {
      const from = rank * indices[i]!;
      for (let k = 0; k < rank; k++) {
        const part = factors[from + k]! * values[i]!;
        left[k]! += part;
        right[k]! += part * part;
      }
    }
    for (let k = 0; k < rank; k++) product += 0.5 * (left[k]! * left[k]! - right[k]!);
    return product;
  }
  for (let i = 0; i < singles; i++) {
    const from = rank * indices[i]!;
    const side = i < middle ? left : right;
    for (let k = 0; k < rank; k++) side[k]! += factors[from + k]! * values[i]!;
  }
  for (let k = 0; k < rank; k++) product += left[k]! * right[k]!;
  return product;
}

/** Where the common features end, and those that they make pairs with begin; 0: all make pairs with all. */
export const commonEnd = (x: Pick<FeatureBuffer, "common" | "singles" | "length">): number =>
  x.common < (x.singles || x.length) ? x.common : 0;
