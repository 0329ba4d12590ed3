import type { SessionEvent } from "../contract/record.ts";
import type { SessionOperator } from "../contract/spec.ts";
import type { FeatureValues } from "../contract/values.ts";
import { type SessionFeature, sessionFeature } from "./session-feature.ts";

/**
 * The session features of one session, kept up as its events come.
 *
 * Event time decides: whatever the order in which the same events are added, the values are the same to the last bit.
 * An event that is added twice is two events. Each operator keeps the newest MAX_EVENTS of the events it looks at.
 */
export class SessionState {
  readonly #features: readonly (readonly [name: string, feature: SessionFeature])[];
  #started = Number.POSITIVE_INFINITY;

  constructor(operators: Record<string, SessionOperator>) {
    this.#features = Object.entries(operators).map(([name, operator]) => [name, sessionFeature(operator)]);
  }

  /** The event is kept, not copied: it must not be changed afterwards. */
  add(event: SessionEvent): void {
    this.#started = Math.min(this.#started, event.at);
    for (const [, { sources }] of this.#features)
      for (const source of sources) if (source.type === event.type) source.add(event);
  }

  /** Values of all features at the time `at` (ms since the epoch), which may be earlier than at the last call. */
  values(at: number): FeatureValues {
    const values: FeatureValues = {};
    for (const [name, feature] of this.#features) values[name] = feature.value(at, this.#started);
    return values;
  }
}
