/** What worlds have in common whose expected rewards are linear in the products of a visitor's and an action's numbers. */

/** What a visitor makes of each of an action's numbers. @param matrix a row for each of the visitor's. */
export const tasteOf = (visitor: readonly number[], matrix: readonly (readonly number[])[]): number[] =>
  Array.from({ length: matrix[0]!.length }, (_, j) => visitor.reduce((sum, x, i) => sum + x * matrix[i]![j]!, 0));

/** The expected reward of an action: `middle`, and its numbers by the taste in units. */
export function expectedReward(
  middle: number,
  unit: number,
  numbers: readonly number[],
  taste: readonly number[],
): number {
  const worth = middle + unit * numbers.reduce((sum, z, j) => sum + z * taste[j]!, 0);
  return Math.min(Math.max(worth, 0), 1);
}
