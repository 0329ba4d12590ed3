import type { Action, Match } from "../contract/record.ts";
import type { CallOperator } from "../contract/spec.ts";
import type { SessionState } from "./session.ts";

/** What the session's events had that an action has, too. */
export type Matches = Match[];

/** What is kept of a session's events to be matched with actions. */
export type MatchState = Pick<SessionState, "add"> & { matches(at: number, actions: readonly Action[]): Matches };

/** A session that keeps states of what happened in it. @param of whom a state is for. @param make makes it, of no events. */
export type MatchSession = { state(of: object, position: number, make: () => MatchState): MatchState };

/**
 * What of a session a decision's actions match, as it goes into the decision's record.
 * @param operators of the spec's actions. @param actions undefined: there are none to choose from.
 * @param position how many of the session's events count.
 * @returns nothing, where no operator asks for it.
 */
export type MatchesOf = (
  operators: Record<string, CallOperator>,
  actions: readonly Action[] | undefined,
  at: number,
  session: MatchSession,
  position: number,
) => { matches?: Matches };

/** Pages load it with the operators that need it (match-operators.ts). */
export const matching: { of?: MatchesOf } = {};
