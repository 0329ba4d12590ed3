import type { SnapshotData } from "../artifact/snapshot.ts";
import type { Policy } from "../contract/spec.ts";
import { power } from "../math/power.ts";
import { committeeFloor } from "./committee-floor.ts";
import { probabilities as epsilonGreedy } from "./epsilon-greedy.ts";
import { enforceFloor } from "./floor.ts";
import { probabilities as softmax } from "./softmax.ts";
import { probabilities as squareCb } from "./square-cb.ts";
import { probabilities as tauFirst } from "./tau-first.ts";
import { probabilities as thompson } from "./thompson.ts";
import { vote } from "./vote.ts";

/** More examples make SquareCB no greedier: what was tried long ago may have changed. */
const MOST_EXAMPLES = 50_000;

/** What a model thinks of the actions of a decision. */
export type Beliefs = {
  /** One an action; higher is better. */
  scores: ArrayLike<number>;
  /** For bagging and cover: the scores by each head. */
  committee?: readonly ArrayLike<number>[];
  /** For Thompson sampling: the standard deviation of each score. */
  deviations?: ArrayLike<number>;
};

/** What it had learned from when it came to think so. */
export type Experience = Pick<SnapshotData, "examples" | "rewardRange">;

/**
 * The distribution that a policy samples from: a pure function of beliefs and experience.
 * @param experience `examples`: SquareCB and cover get greedier with them; `rewardRange`: the unit of SquareCB's gaps.
 * @returns the probability of each action; they sum to 1 within 1e-12.
 * @throws RangeError when there is no score, or one is NaN.
 * @throws Error when the policy needs a committee or deviations and has none.
 */
export function distribution(
  policy: Policy,
  beliefs: Beliefs,
  { examples, rewardRange = 1 }: Experience,
): Float64Array {
  const { scores } = beliefs;
  switch (policy.type) {
    case "epsilonGreedy":
      return epsilonGreedy(scores, policy.epsilon);
    case "squareCb":
      return squareCb(scores, (policy.gamma * power(Math.min(examples, MOST_EXAMPLES), policy.exponent)) / rewardRange);
    case "softmax":
      return softmax(scores, policy.lambda);
    case "tauFirst":
      return floored(tauFirst(scores, policy.tau, examples), policy.epsilon);
    case "bagging":
    case "cover":
      return floored(
        votes(scores.length, given(beliefs.committee, "a committee")),
        committeeFloor(policy.epsilon, scores.length, examples) * scores.length,
      );
    case "thompson":
      return floored(thompson(scores, given(beliefs.deviations, "deviations")), policy.epsilon);
  }
}

function votes(count: number, committee: readonly ArrayLike<number>[]): Float64Array {
  const result = new Float64Array(count);
  for (const scores of committee) vote(scores, 1 / committee.length, result);
  // Ninths add up to more than 1.
  for (let a = 0; a < count; a++) result[a] = Math.min(result[a]!, 1);
  return result;
}

function floored(probabilities: Float64Array, epsilon: number): Float64Array {
  enforceFloor(probabilities, epsilon);
  return probabilities;
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the policy needs ${what}, and the snapshot has none`);
  return value;
}
