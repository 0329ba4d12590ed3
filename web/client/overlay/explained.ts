import type { BriefExplanation } from "../../../shared/contract/calls.ts";
import { checkActions, checkProperties, checkSlots } from "../check.ts";
import type { Choice, Client, Decision, Prediction, RankOptions } from "../client.ts";
import { now } from "../clock.ts";
import { type Core, MAIN_SESSION } from "../core.ts";

/** How many features are named for each score. */
const REASONS = 8;

type CallOptions = Pick<RankOptions, "context" | "slots"> | undefined;

/** What a call was made with; without actions it is one of a predict model. */
export type RankCall = readonly [model: string, actions: readonly Choice[] | undefined, options?: CallOptions];

/**
 * Which features made the scores of an answer that was just given: the same is decided once more, to look at, and nothing of that is logged.
 * @returns by the action's id, of a prediction by ""; undefined where another snapshot decides by now, or none.
 */
export async function explained(
  client: Client,
  [model, given, options = {}]: RankCall,
  answer: Decision | Prediction,
): Promise<ReadonlyMap<string, BriefExplanation> | undefined> {
  const core = "core" in client ? (client.core as Core) : undefined;
  if (!core || answer.reason !== undefined) return undefined;
  try {
    const context = checkProperties("context", options.context ?? {});
    const details = {
      ...{ context, at: now(), deferred: true, explain: REASONS, timeout: 1_000, sticky: undefined, logged: false },
    };
    if (!given) {
      const again = await core.predict(MAIN_SESSION, model, 0, details);
      return again.model === answer.model && again.explanation ? new Map([["", again.explanation]]) : undefined;
    }
    const actions = checkActions(given);
    const again = await core.rank(MAIN_SESSION, model, actions, checkSlots(options.slots, context), actions, details);
    if (again.model !== answer.model) return undefined;
    return new Map(again.ranking.flatMap(({ id, explanation }) => (explanation ? [[id, explanation] as const] : [])));
  } catch {
    return undefined;
  }
}
