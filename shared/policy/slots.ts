import type { Policy } from "../spec/model.ts";
import { distribution } from "./distribution.ts";
import { sample } from "./sample.ts";

/** Actions in the places of one list, the first place first, none twice. */
export type SlotRanking = {
  /** Index of the action in each slot. */
  chosen: number[];
  /**
   * Of each slot, the probability of its action given those in the slots above: what an example of that slot is weighed by. Their
   * product is the probability of the whole list in this order.
   */
  propensities: number[];
};

/**
 * The distribution that a slot is sampled from.
 * @param left indices of the actions that no slot above has, rising. It is used again for the next slot: copy what is to be kept.
 * @param slot 0 for the first.
 * @returns the probability of each action of `left`, in its order.
 */
type SlotDistribution = (left: readonly number[], slot: number) => ArrayLike<number>;

/**
 * Fills the slots of a list from the top, each by a sample of the policy's distribution over the actions that are left, as in conditional
 * contextual bandits (Vowpal Wabbit's CCB). A policy that gives actions shares in proportion to a strength of their own, as
 * softmax, makes this the model of Plackett (1975) and Luce (1959).
 *
 * The first slot draws what the decision without slots would; each further one draws for itself, fixed by decision and slot. A pure
 * function, so that anybody can recompute what was claimed.
 *
 * @param decisionId has no control characters (spec/values.ts): a slot's draw is then no other decision's.
 * @param scores one an action; higher is better.
 * @param examples how many examples the snapshot has learned.
 * @param slots places to fill, from 1; with fewer actions than places, as many as there are actions.
 * @throws RangeError when there is no score, one is NaN, or `slots` is no whole number from 1.
 */
export const rankSlots = (
  decisionId: string,
  policy: Policy,
  scores: ArrayLike<number>,
  examples: number,
  slots: number,
): SlotRanking => sampleSlots(decisionId, scores.length, slots, byScores(policy, scores, examples));

/**
 * The same, of any distribution: one that knows the slot, or another kind of policy.
 * @param count number of actions.
 * @throws RangeError when there is no action, `slots` is no whole number from 1, or a slot's distribution has none above 0.
 */
export function sampleSlots(
  decisionId: string,
  count: number,
  slots: number,
  distributionOf: SlotDistribution,
): SlotRanking {
  if (!(Number.isInteger(slots) && slots >= 1)) throw new RangeError(`${slots} is no number of slots`);
  const id = (slot: number) => (slot === 0 ? decisionId : `${decisionId}\n${slot}`);
  return fill(count, Math.min(slots, count), distributionOf, (_, probabilities, slot) =>
    sample(id(slot), probabilities),
  );
}

/**
 * The propensities that a policy would have had for a list: those of `rankSlots` when it is its own list, and for evaluating another policy
 * on it. 0 in a slot where it never puts that action.
 * @param chosen index of the action in each slot.
 * @throws RangeError when an action is not there or is there twice, there is no score, or one is NaN.
 */
export function slotPropensities(
  chosen: readonly number[],
  policy: Policy,
  scores: ArrayLike<number>,
  examples: number,
): number[] {
  const choose = (left: readonly number[], _: ArrayLike<number>, slot: number) => {
    const place = left.indexOf(chosen[slot]!);
    if (place < 0) throw new RangeError(`action ${chosen[slot]} of slot ${slot} is not among those left`);
    return place;
  };
  return fill(scores.length, chosen.length, byScores(policy, scores, examples), choose).propensities;
}

const byScores =
  (policy: Policy, scores: ArrayLike<number>, examples: number): SlotDistribution =>
  (left) =>
    distribution(
      policy,
      left.map((action) => scores[action]!),
      examples,
    );

function fill(
  count: number,
  slots: number,
  distributionOf: SlotDistribution,
  choose: (left: readonly number[], probabilities: ArrayLike<number>, slot: number) => number,
): SlotRanking {
  if (count === 0) throw new RangeError("there are no actions to choose from");
  const left = Array.from({ length: count }, (_, action) => action);
  const result: SlotRanking = { chosen: [], propensities: [] };
  for (let slot = 0; slot < slots; slot++) {
    const probabilities = distributionOf(left, slot);
    const place = choose(left, probabilities, slot);
    result.propensities.push(probabilities[place]!);
    result.chosen.push(...left.splice(place, 1));
  }
  return result;
}
