import type { RankResponse } from "../contract/calls.ts";
import type { RankDecision } from "../contract/record.ts";
import type { Properties } from "../contract/values.ts";
import { FeatureBudget } from "../features/feature-limit.ts";
import type { GraphOutputs } from "../heads/graph.ts";
import { type DecidingModel, decideRank, type RankCall, rankResponse } from "./decide.ts";
import { type GraphFailed, type GraphModel, runGraph } from "./run-graph.ts";
import { slotId } from "./slot-id.ts";

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
export async function decideSlots(
  model: DecidingModel & GraphModel,
  call: RankCall,
  slots?: readonly Properties[],
  graphFailed?: GraphFailed,
  explained = false,
): Promise<RankDecision[]> {
  const filling = fillSlots(model, call, slots, explained);
  let step = filling.next();
  while (!step.done) step = filling.next(await runGraph(model, step.value, graphFailed));
  return step.value;
}

/** As `decideSlots`, at once: the head decides alone. @throws as `decideRank`. */
export function decideSlotsSync(
  model: DecidingModel,
  call: RankCall,
  slots?: readonly Properties[],
  explained = false,
): RankDecision[] {
  const filling = fillSlots(model, call, slots, explained);
  let step = filling.next();
  while (!step.done) step = filling.next(null);
  return step.value;
}

/** Asks for each slot what the graph gives, and returns the decisions. */
function* fillSlots(
  model: DecidingModel,
  call: RankCall,
  slots: readonly Properties[] = [{}],
  explained: boolean,
): Generator<RankCall, RankDecision[], GraphOutputs | null> {
  const decisions: RankDecision[] = [];
  const budget = new FeatureBudget(explained);
  let { actions } = call;
  for (const [slot, known] of slots.slice(0, Math.max(1, actions.length)).entries()) {
    const asked = { ...call, id: slotId(call.id, slot), context: { ...call.context, ...known }, actions };
    const decision = decideRank(model, asked, yield asked, budget);
    decisions.push(decision);
    actions = actions.filter((_, i) => i !== decision.chosen);
  }
  return decisions;
}

/** What a caller is told of a list: the answer for its first slot, and what is in each. */
export function slotsResponse(decisions: readonly RankDecision[]): RankResponse {
  const slots = decisions.map(({ id, actions, probabilities, chosen }) => ({
    id,
    chosen: actions[chosen]!.id,
    probability: probabilities[chosen]!,
  }));
  return { ...rankResponse(decisions[0]!), slots };
}
