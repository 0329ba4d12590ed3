import type { Action, SessionEvent } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { FeatureValues } from "../../shared/contract/values.ts";
import { matchesOf, sessionOfEvents } from "../../shared/features/match-operators.ts";
import type { Matches } from "../../shared/features/matching.ts";
import { profileValues } from "../../shared/features/profile.ts";
import { SessionState } from "../../shared/features/session.ts";

/**
 * Session and profile features of a call to the edge, which keeps no state of a session: its events come with the call.
 * Nothing is stored for a unit yet, so profile features have their defaults.
 */
export function callFeatures(
  { features }: ModelSpec,
  events: readonly SessionEvent[],
  at: number,
  actions: readonly Action[] | undefined,
): { sessionFeatures: FeatureValues; profileFeatures: FeatureValues; matches?: Matches } {
  const session = new SessionState(features.session);
  for (const event of events) session.add(event);
  return {
    sessionFeatures: session.values(at),
    profileFeatures: profileValues(features.profile, {}, at),
    ...matchesOf(features.action, actions, at, sessionOfEvents(events), events.length),
  };
}
