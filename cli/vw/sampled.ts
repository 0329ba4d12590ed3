import type { Distribution } from "./bandit-model.ts";

const fround = Math.fround;

/** The action that a draw from [0, 1) stands for, and its probability, each step rounded as VW rounds it. */
export function sampled({ probabilities, order }: Distribution, draw: number): { action: number; probability: number } {
  const actions = order();
  // Those below 0 are byCostRanges'.
  const weights = Float32Array.from(probabilities, (probability) => Math.max(probability, 0));
  const total = actions.reduce((sum, a) => fround(sum + weights[a]!), 0);
  if (total === 0) return { action: actions[0]!, probability: 1 };
  const limit = fround(total * draw);
  let sum = 0;
  const action = actions.find((a) => {
    sum = fround(sum + weights[a]!);
    return sum > limit;
  });
  const chosen = action ?? actions.at(-1)!;
  return { action: chosen, probability: fround(weights[chosen]! / total) };
}
