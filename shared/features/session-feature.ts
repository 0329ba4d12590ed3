import { milliseconds } from "../contract/duration.ts";
import type { SessionEvent } from "../contract/record.ts";
import type { SessionOperator } from "../contract/spec.ts";
import type { FeatureValue, Properties } from "../contract/values.ts";
import { exp2 } from "../math/exp2.ts";
import { EventHistory } from "./event-history.ts";
import { numberValue, vectorValue } from "./number-value.ts";

/** One operator over the events of a session, with what it keeps of them. */
export type SessionFeature = {
  /** What is to be given every event of its type. */
  sources: readonly EventSource[];
  /**
   * @param at time of the decision; later events do not count. Windows are (at - window, at].
   * @param started time of the session's first event of any type.
   */
  value(at: number, started: number): FeatureValue;
};

type EventSource = { type: string; add(event: SessionEvent): void };

/**
 * Makes an operator ready to run over an empty session. It does not see an event whose property is missing or of the
 * wrong type. Over no events it gives
 *
 * - 0: `count`, `rate` (events a second), `sum`; an empty list: `lastDistinct`;
 * - null: `mean`, `min`, `max`, `last`, `timeSince` (seconds), `ratio` (no event in the denominator), `decayedMean`.
 */
export const sessionFeature = <Op extends SessionOperator["op"]>(
  operator: SessionOperator & { op: Op },
): SessionFeature => features[operator.op as Op](operator);

const features: { [Op in SessionOperator["op"]]: (operator: SessionOperator & { op: Op }) => SessionFeature } = {
  count({ event, window }) {
    const events = new Source(event, present);
    const width = windowWidth(window);
    return { sources: [events], value: (at) => events.countIn(width, at) };
  },

  rate({ event, window }) {
    const events = new Source(event, present);
    const width = windowWidth(window);
    return {
      sources: [events],
      value: (at, started) => {
        const n = events.countIn(width, at);
        const span = window === "session" ? Math.max(1000, at - started) : width;
        return n === 0 ? 0 : n / (span / 1000);
      },
    };
  },

  sum: fold,
  mean: fold,
  min: fold,
  max: fold,

  last({ path }) {
    const scalars = propertySource(path, scalarValue);
    return {
      sources: [scalars],
      value: (at) => {
        const to = scalars.history.until(at);
        return to === 0 ? null : scalars.history.value(to - 1);
      },
    };
  },

  lastDistinct({ path, n }) {
    const scalars = propertySource(path, scalarValue);
    return {
      sources: [scalars],
      value: (at) => {
        const distinct = new Set<string>();
        for (let i = scalars.history.until(at) - 1; i >= 0 && distinct.size < n; i--)
          distinct.add(String(scalars.history.value(i)));
        return [...distinct];
      },
    };
  },

  timeSince({ event }) {
    const events = new Source(event, present);
    return {
      sources: [events],
      value: (at) => {
        const to = events.history.until(at);
        return to === 0 ? null : (at - events.history.at(to - 1)) / 1000;
      },
    };
  },

  ratio({ numerator, denominator, window }) {
    const above = new Source(numerator, present);
    const below = new Source(denominator, present);
    const width = windowWidth(window);
    return {
      sources: [above, below],
      value: (at) => {
        const n = below.countIn(width, at);
        return n === 0 ? null : above.countIn(width, at) / n;
      },
    };
  },

  /**
   * The weight of an event is 2^(-age / halfLife). Ages are taken from the newest event: a common factor leaves the mean
   * as it is, and after a long pause the weights do not all become 0.
   */
  decayedMean({ path, halfLife, size }) {
    const vectors = propertySource(path, (value) => vectorValue(value, size));
    const half = milliseconds(halfLife);
    return {
      sources: [vectors],
      value: (at) => {
        const { history } = vectors;
        const to = history.until(at);
        if (to === 0) return null;
        const newest = history.at(to - 1);
        const total = new Array<number>(size).fill(0);
        let weights = 0;
        for (let i = 0; i < to; i++) {
          const age = newest - history.at(i);
          const weight = age === 0 ? 1 : exp2(-age / half);
          const vector = history.value(i);
          for (let d = 0; d < size; d++) total[d]! += weight * vector[d]!;
          weights += weight;
        }
        return total.map((x) => x / weights + 0);
      },
    };
  },
};

const folds = {
  sum: (a: number, b: number) => a + b,
  mean: (a: number, b: number) => a + b,
  min: Math.min,
  max: Math.max,
};

function fold({ op, path, window }: { op: keyof typeof folds; path: string; window: string }): SessionFeature {
  const numbers = propertySource(path, numberValue);
  const width = windowWidth(window);
  return {
    sources: [numbers],
    value: (at) => {
      const { history } = numbers;
      const from = history.until(at - width);
      const to = history.until(at);
      if (from >= to) return op === "sum" ? 0 : null;
      let result = history.value(from);
      // In event order: the order decides the last bit of a sum.
      for (let i = from + 1; i < to; i++) result = folds[op](result, history.value(i));
      // Adding 0 turns -0, which JSON does not have, into 0.
      return op === "mean" ? result / (to - from) + 0 : result;
    },
  };
}

/** The events of one type that have a value to offer. */
class Source<T> implements EventSource {
  readonly type: string;
  readonly history = new EventHistory<T>();
  readonly #extract: (properties: Properties) => T | null;

  constructor(type: string, extract: (properties: Properties) => T | null) {
    this.type = type;
    this.#extract = extract;
  }

  add(event: SessionEvent): void {
    const value = this.#extract(event.properties);
    if (value !== null) this.history.add(event, value);
  }

  /** Number of events in (at - width, at]. */
  countIn(width: number, at: number): number {
    return Math.max(0, this.history.until(at) - this.history.until(at - width));
  }
}

/** `view.genre` sees property `genre` of events of type `view`. */
function propertySource<T>(path: string, extract: (value: unknown) => T | null): Source<T> {
  const dot = path.indexOf(".");
  const property = path.slice(dot + 1);
  return new Source(path.slice(0, dot), (properties) =>
    Object.hasOwn(properties, property) ? extract(properties[property]) : null,
  );
}

const present = (): true => true;

const scalarValue = (value: unknown): number | string | boolean | null =>
  typeof value === "string" || typeof value === "boolean" ? value : numberValue(value);

/** Milliseconds; the window "session" has no lower end. */
const windowWidth = (window: string): number =>
  window === "session" ? Number.POSITIVE_INFINITY : milliseconds(window);
