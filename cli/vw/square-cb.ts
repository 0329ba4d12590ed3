/**
 * SquareCB as VW has it: the first of the best actions has all that the others leave. (Ours, in shared/policies/square-cb.ts, shares it
 * among those that are tied.)
 * @param scores higher is better.
 */
export function squareCb(scores: Float64Array, gamma: number): Float64Array {
  const result = new Float64Array(scores.length);
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  let others = 0;
  for (let i = 0; i < scores.length; i++) {
    if (i === best) continue;
    result[i] = 1 / (scores.length + gamma * (scores[best]! - scores[i]!));
    others += result[i]!;
  }
  result[best] = 1 - others;
  return result;
}

/** VW's greediness of SquareCB after so many examples. */
export const squareCbGamma = (examples: number): number => 10 * Math.sqrt(examples);
