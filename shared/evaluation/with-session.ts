import type { SessionEvent } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { FeaturizerInput } from "../features/hashed-decision.ts";
import { matchesOf, sessionOfEvents } from "../features/match-operators.ts";
import { SessionState } from "../features/session.ts";

/** What a decision of a log was made from; of another's log that may be the session's events, of which a spec makes its features. */
export type LoggedInput = FeaturizerInput & { events?: readonly SessionEvent[] | undefined };

/** When it was decided. Where nobody says that, it was after all that had happened. 0: nothing had. */
export const decidedAt = ({ at, events = [] }: LoggedInput): number =>
  at || events.reduce((latest, event) => Math.max(latest, event.at), 0);

/** The same with what a spec makes of the session's events until the decision, where there are any. */
export function withSession({ features }: ModelSpec, input: LoggedInput): FeaturizerInput {
  const { events, actions } = input;
  if (events === undefined) return input;
  const at = decidedAt(input);
  // A session is remembered as far as its newest events: what came after would push out what was known then.
  const before = events.filter((event) => event.at <= at);
  const session = new SessionState(features.session);
  for (const event of before) session.add(event);
  return {
    ...input,
    at,
    sessionFeatures: { ...session.values(at), ...input.sessionFeatures },
    ...matchesOf(features.action, [...actions], at, sessionOfEvents(before), before.length),
  };
}
