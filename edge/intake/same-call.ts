import type { Action, DecisionRecord } from "../../shared/contract/record.ts";
import { areSameActions, areSameProperties } from "../log/same-record.ts";

/**
 * Whether a decision in the log was made at the edge for the very call that decides it again: for the same unit in the same session, among the
 * same actions in the same order. What else is known of the situation may have changed meanwhile, as it does between a call and its repeat.
 */
export const isSameCall = (stored: DecisionRecord, made: DecisionRecord): boolean =>
  // What a page says it decided under this id, nobody asked the edge for.
  stored.computedBy.place === "edge" &&
  stored.model === made.model &&
  stored.task === made.task &&
  stored.unit === made.unit &&
  stored.session === made.session &&
  areSameActions(actionsOf(stored), actionsOf(made));

/** Whether a decision in the log fills a further slot of the list that another one there begins: one call makes them all at once. */
export const isSameList = (first: DecisionRecord, further: DecisionRecord): boolean =>
  further.computedBy.place === "edge" &&
  further.model === first.model &&
  further.unit === first.unit &&
  further.at === first.at;

/** Whether two lists fill the same slots: what is known of these is in their contexts. */
export const areSameSlots = (stored: readonly DecisionRecord[], made: readonly DecisionRecord[]): boolean =>
  stored.every(({ context }, i) => areSameProperties(context, made[i]!.context));

const actionsOf = (decision: DecisionRecord): Action[] => (decision.task === "rank" ? decision.actions : []);
