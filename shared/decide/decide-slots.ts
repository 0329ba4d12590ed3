import type { RankResponse } from "../contract/calls.ts";
import type { RankDecision } from "../contract/record.ts";
import type { Properties } from "../contract/values.ts";
import { FeatureBudget } from "../features/feature-limit.ts";
import type { GraphOutputs } from "../heads/graph.ts";
import { type DecidingModel, decideRank, type RankCall, rankResponse } from "./decide.ts";
import { slotId } from "./slot-id.ts";

/**
 * As `decideSlots` (slots-with-graph.ts).
 * @param run what the graph gives for a slot's call; null: the head decides alone.
 * @throws as `run` and `decideRank`.
 */
export async function decideSlotsWith(
  run: (call: RankCall) => Promise<GraphOutputs | null> | null,
  model: DecidingModel,
  call: RankCall,
  slots?: readonly Properties[],
  explained = false,
): Promise<RankDecision[]> {
  const filling = fillSlots(model, call, slots, explained);
  let step = filling.next();
  while (!step.done) step = filling.next(await run(step.value));
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
  // Of several slots, or of an explanation, it is to be counted anew how many features there are.
  const settled = call.settled && !explained && slots.length < 2;
  for (const [slot, known] of slots.slice(0, Math.max(1, actions.length)).entries()) {
    const asked = { ...call, id: slotId(call.id, slot), context: { ...call.context, ...known }, actions, settled };
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
