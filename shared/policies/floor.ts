/** From so much uniform exploration on, nothing else is left. */
const ALL = 0.999;

/**
 * Changes a distribution so that every action has a probability of at least epsilon / K: the nearest such distribution
 * (Euclidean projection on the simplex, Duchi et al. 2008, with a floor), as Vowpal Wabbit does it. What is taken from the
 * actions above the floor is the same for each of them.
 * @param epsilon 0 to 1.
 */
export function enforceFloor(probabilities: Float64Array, epsilon: number): void {
  if (epsilon === 0) return;
  const count = probabilities.length;
  if (epsilon > ALL) {
    probabilities.fill(1 / count);
    return;
  }
  const floor = epsilon / count;
  const sorted = probabilities.slice().sort();
  let sum = 0;
  let excess = 0;
  for (let i = 1; i <= count; i++) {
    const share = sorted[count - i]!;
    sum += share;
    // What each of the i largest gives up when the others are at the floor.
    const surplus = ((count - i) * floor + sum - 1) / i;
    if (share > surplus + floor) excess = surplus;
  }
  for (let i = 0; i < count; i++) probabilities[i] = Math.max(probabilities[i]! - excess, floor);
}
