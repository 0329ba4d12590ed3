import type { RankDecision } from "../contract/record.ts";
import type { Properties } from "../contract/values.ts";
import type { DecidingModel, RankCall } from "./decide.ts";
import { decideSlotsWith } from "./decide-slots.ts";
import { type GraphFailed, type GraphModel, runGraph } from "./run-graph.ts";

/**
 * Fills several slots of one list from the same actions, no action twice, from the top: as a conditional contextual bandit (Vowpal
 * Wabbit's CCB). Each slot is a decision of its own, over the actions that the slots above left: it has its own propensity, feedback and
 * example, and whoever can recompute a decision can recompute each. The probability of the whole list in this order is the product of
 * the propensities. With a policy that shares by a strength of each action's own, as softmax, this is the model of Plackett (1975) and Luce (1959).
 *
 * The graph runs once for each slot, because its inputs differ.
 *
 * @param slots of each slot, the first first, what is known of it; it is laid over the call's context. Without them there is one slot, and
 * its decision is that of `decideRank`.
 * @returns a decision for each slot, or as many as there are actions. The first has the call's id, further ones `slotId`.
 * @param explained whether the call is to be explained, which has a limit of its own.
 * @throws as `runGraph` and `decideRank`.
 */
export const decideSlots = (
  model: DecidingModel & GraphModel,
  call: RankCall,
  slots?: readonly Properties[],
  graphFailed?: GraphFailed,
  explained = false,
): Promise<RankDecision[]> =>
  decideSlotsWith((asked) => runGraph(model, asked, graphFailed), model, call, slots, explained);
