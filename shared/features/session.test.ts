import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../contract/canonical.ts";
import {
  count,
  decayedMean,
  last,
  lastDistinct,
  max,
  mean,
  min,
  rate,
  ratio,
  sum,
  timeSince,
} from "../contract/define.ts";
import { parseDuration } from "../contract/duration.ts";
import { MAX_EVENTS } from "../contract/limits.ts";
import type { SessionEvent } from "../contract/record.ts";
import type { SessionOperator } from "../contract/spec.ts";
import type { FeatureValue, Properties } from "../contract/values.ts";
import { SessionState } from "./session.ts";

/** Every operator, over the whole session and over windows. */
const operators: Record<string, SessionOperator> = {
  views: count("view", { window: "session" }),
  recentViews: count("view", { window: "2s" }),
  pace: rate("view", { window: "session" }),
  recentPace: rate("view", { window: "1.5s" }),
  total: sum("view.x", { window: "session" }),
  recentTotal: sum("view.x", { window: "3s" }),
  average: mean("view.x", { window: "session" }),
  recentAverage: mean("view.x", { window: "1s" }),
  least: min("view.x", { window: "session" }),
  recentLeast: min("view.x", { window: "2s" }),
  most: max("view.x", { window: "session" }),
  recentMost: max("view.x", { window: "2s" }),
  newest: last("view.x"),
  genres: lastDistinct("view.genre", 2),
  idle: timeSince("click"),
  clickRate: ratio("click", "view", { window: "session" }),
  recentClickRate: ratio("click", "view", { window: "2s" }),
  taste: decayedMean("view.v", { halfLife: "700ms", size: 2 }),
};

function state(events: readonly SessionEvent[], of = operators): SessionState {
  const session = new SessionState(of);
  for (const event of events) session.add(event);
  return session;
}

const event = (type: string, at: number, properties: Properties = {}): SessionEvent => ({ type, at, properties });

const one = (operator: SessionOperator, events: readonly SessionEvent[], at: number): FeatureValue =>
  state(events, { it: operator }).values(at).it!;

/** What an operator means, from the definition: no state, all events at hand. */
function reference(operator: SessionOperator, events: readonly SessionEvent[], at: number): FeatureValue {
  const past = events
    .filter((e) => e.at <= at)
    .sort((a, b) => a.at - b.at || (canonicalJson(a.properties) < canonicalJson(b.properties) ? -1 : 1));
  const within = (window: string) => (e: SessionEvent) => window === "session" || e.at > at - parseDuration(window);
  const ofType = (type: string) => past.filter((e) => e.type === type);
  const isNumber = (x: unknown): x is number => typeof x === "number" && Number.isFinite(x);
  const property = (path: string) => {
    const [type, name] = path.split(".") as [string, string];
    return ofType(type).map((e) => ({ ...e, value: e.properties[name] as unknown }));
  };
  switch (operator.op) {
    case "count":
      return ofType(operator.event).filter(within(operator.window)).length;
    case "rate": {
      const n = ofType(operator.event).filter(within(operator.window)).length;
      if (n === 0) return 0;
      const span = operator.window === "session" ? Math.max(at - past[0]!.at, 1000) : parseDuration(operator.window);
      return n / (span / 1000);
    }
    case "ratio": {
      const below = ofType(operator.denominator).filter(within(operator.window)).length;
      return below === 0 ? null : ofType(operator.numerator).filter(within(operator.window)).length / below;
    }
    case "timeSince": {
      const newest = ofType(operator.event).at(-1);
      return newest === undefined ? null : (at - newest.at) / 1000;
    }
    case "last": {
      const scalars = property(operator.path).filter((e) => ["string", "boolean", "number"].includes(typeof e.value));
      return (scalars.at(-1)?.value ?? null) as FeatureValue;
    }
    case "lastDistinct": {
      const scalars = property(operator.path).filter((e) => ["string", "boolean", "number"].includes(typeof e.value));
      return [...new Set(scalars.map((e) => String(e.value)).reverse())].slice(0, operator.n);
    }
    case "decayedMean": {
      const vectors = property(operator.path).filter(
        (e) => Array.isArray(e.value) && e.value.length === operator.size && e.value.every(isNumber),
      );
      if (vectors.length === 0) return null;
      const weights = vectors.map((e) => 2 ** (-(at - e.at) / parseDuration(operator.halfLife)));
      const weight = weights.reduce((a, b) => a + b);
      return Array.from(
        { length: operator.size },
        (_, d) => vectors.reduce((a, e, i) => a + weights[i]! * (e.value as number[])[d]!, 0) / weight,
      );
    }
    default: {
      const numbers = property(operator.path)
        .filter((e) => within(operator.window)(e))
        .map((e) => e.value)
        .filter(isNumber);
      if (operator.op === "sum") return numbers.reduce((a, b) => a + b, 0);
      if (numbers.length === 0) return null;
      if (operator.op === "mean")
        // + 0: a mean that underflows has no sign.
        return numbers.reduce((a, b) => a + b) / numbers.length + 0;
      return operator.op === "min" ? Math.min(...numbers) : Math.max(...numbers);
    }
  }
}

// Few types and few moments, so that ties, duplicates and full windows are common.
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x + 0),
);
const anyEvent: fc.Arbitrary<SessionEvent> = fc.record({
  type: fc.constantFrom("view", "view", "click", "scroll"),
  at: fc.oneof(
    fc.integer({ min: 0, max: 8 }).map((n) => n * 500),
    fc.integer({ min: 0, max: 5000 }),
  ),
  properties: fc.record(
    {
      x: fc.oneof({ weight: 4, arbitrary: number }, { weight: 1, arbitrary: fc.constantFrom("7", true, null) }),
      genre: fc.constantFrom("drama", "crime", "war", 7, "7", false, null, ["drama"]),
      v: fc.oneof(fc.tuple(number, number), fc.constantFrom([1], [1, 2, 3], ["a", "b"], null, 3)),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Properties>,
});
const someEvents = fc.array(anyEvent, { maxLength: 40 });
const time = fc.integer({ min: -100, max: 8000 });

describe("SessionState", () => {
  test.each(Object.keys(operators))("%s: any order of arrival gives bit-identical values", (name) => {
    const shuffled = someEvents.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    const only = { [name]: operators[name]! };
    fc.assert(
      fc.property(shuffled, fc.array(time, { minLength: 1, maxLength: 5 }), ([events, arrived], times) => {
        const sorted = events.toSorted((a, b) => a.at - b.at);
        const inOrder = state(sorted, only);
        const asTheyCame = state(arrived, only);
        for (const at of times) expect(asTheyCame.values(at)).toStrictEqual(inOrder.values(at));
      }),
    );
  });

  test.each(Object.keys(operators))("%s: means what its definition says", (name) => {
    const operator = operators[name]!;
    fc.assert(
      fc.property(someEvents, time, (events, at) => {
        const value = one(operator, events, at);
        const expected = reference(operator, events, at);
        if (operator.op !== "decayedMean" || expected === null) expect(value).toStrictEqual(expected);
        // The reference weighs with Math.pow, from another origin.
        else for (const [d, x] of (expected as number[]).entries()) expect((value as number[])[d]).toBeCloseTo(x, 6);
      }),
    );
  });

  test("asking in between changes nothing: incremental is as from scratch, at any time asked", () => {
    const steps = fc.array(
      fc.oneof(
        anyEvent.map((add) => ({ add })),
        time.map((ask) => ({ ask })),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const incremental = new SessionState(operators);
        const added: SessionEvent[] = [];
        for (const step of script)
          if ("add" in step) {
            incremental.add(step.add);
            added.push(step.add);
          } else expect(incremental.values(step.ask)).toStrictEqual(state(added).values(step.ask));
      }),
    );
  });

  test("events after the decision do not count", () => {
    fc.assert(
      fc.property(someEvents, time, (events, at) => {
        const past = events.filter((e) => e.at <= at);
        expect(state(events).values(at)).toStrictEqual(state(past).values(at));
      }),
    );
  });

  test("what it answers survives JSON", () => {
    fc.assert(
      fc.property(someEvents, time, (events, at) => {
        const values = state(events).values(at);
        expect(JSON.parse(JSON.stringify(values))).toStrictEqual(values);
      }),
    );
  });

  test("gives no -0, which JSON would lose", () => {
    const tiny = [event("view", 0, { x: -5e-324, v: [-5e-324, -0] }), event("view", 0, { x: -0, v: [-0, -0] })];
    const { total, average, most, newest, taste } = state(tiny).values(0);
    expect({ total, average, most, newest, taste }).toStrictEqual({
      total: -5e-324,
      average: 0,
      most: 0,
      newest: 0,
      taste: [0, 0],
    });
  });

  test("keeps the newest MAX_EVENTS of an operator's events, whatever the order of arrival", () => {
    const of = {
      n: count("view", { window: "session" }),
      first: min("view.x", { window: "session" }),
      idle: timeSince("click"),
    };
    const views = Array.from({ length: MAX_EVENTS + 50 }, (_, i) => event("view", 1000 + i, { x: i }));
    const events = [event("click", 0), ...views];
    const inOrder = state(events, of);
    expect(inOrder.values(5000)).toEqual({ n: MAX_EVENTS, first: 50, idle: 5 });
    expect(state(events.toReversed(), of).values(5000)).toEqual(inOrder.values(5000));
    const strided = Array.from({ length: events.length }, (_, i) => events[(i * 397) % events.length]!);
    expect(new Set(strided).size).toBe(events.length);
    expect(state(strided, of).values(5000)).toEqual(inOrder.values(5000));
  });

  test("does not look at properties that an object inherits", () => {
    expect(one(last("view.constructor"), [event("view", 0)], 1)).toBeNull();
  });
});

describe("windows are (at - window, at]", () => {
  const views = [event("view", 1000, { x: 1 }), event("view", 3000, { x: 10 })];
  test.each([
    [999, 0],
    [1000, 1],
    [2999, 1],
    [3000, 1],
    [4999, 1],
    [5000, 0],
  ])("at %i, 2 s hold %i events", (at, n) => {
    expect(one(count("view", { window: "2s" }), views, at)).toBe(n);
  });

  test("2.001 s hold both at 3000", () => {
    expect(one(sum("view.x", { window: "2001ms" }), views, 3000)).toBe(11);
    expect(one(sum("view.x", { window: "2000ms" }), views, 3000)).toBe(10);
  });

  test("a rate is in events a second", () => {
    expect(one(rate("view", { window: "4s" }), views, 3000)).toBe(0.5);
  });

  test("a session's rate counts from its first event of any type, and at least one second", () => {
    const events = [event("start", 0), ...views];
    expect(one(rate("view", { window: "session" }), events, 4000)).toBe(0.5);
    expect(one(rate("view", { window: "session" }), views, 1200)).toBe(1);
  });
});

describe("single operators", () => {
  test("events of one millisecond are ordered by content", () => {
    const a = event("view", 5, { genre: "a" });
    const b = event("view", 5, { genre: "b" });
    expect(one(last("view.genre"), [a, b], 5)).toBe("b");
    expect(one(last("view.genre"), [b, a], 5)).toBe("b");
    expect(one(lastDistinct("view.genre", 2), [b, a], 5)).toEqual(["b", "a"]);
  });

  test("a duplicated event is two events", () => {
    const e = event("view", 5, { x: 2 });
    expect(one(count("view", { window: "session" }), [e, e], 5)).toBe(2);
    expect(one(sum("view.x", { window: "session" }), [e, e], 5)).toBe(4);
  });

  test("lastDistinct gives the most recent first, numbers as text", () => {
    const events = ["a", "b", "a", 7, "c", "7"].map((genre, at) => event("view", at, { genre }));
    expect(one(lastDistinct("view.genre", 3), events, 9)).toEqual(["7", "c", "a"]);
    expect(one(lastDistinct("view.genre", 3), events, 2)).toEqual(["a", "b"]);
    expect(one(lastDistinct("view.genre", 3), [], 2)).toEqual([]);
  });

  test("an event of wrong type is not seen", () => {
    const events = [
      event("view", 0, { x: 4 }),
      event("view", 1, { x: "5" }),
      event("view", 2),
      event("view", 3, { x: 1e300 }),
    ];
    expect(one(mean("view.x", { window: "session" }), events, 9)).toBe(4);
    expect(one(max("view.x", { window: "session" }), events, 9)).toBe(4);
  });

  test("ratio without denominator, timeSince without event and folds over nothing are null; sums are 0", () => {
    expect(one(ratio("click", "view", { window: "session" }), [event("click", 0)], 1)).toBeNull();
    expect(one(timeSince("click"), [event("click", 2)], 1)).toBeNull();
    expect(one(mean("view.x", { window: "session" }), [], 1)).toBeNull();
    expect(one(sum("view.x", { window: "session" }), [], 1)).toBe(0);
  });

  test("decayedMean halves a vector's weight every half-life", () => {
    const operator = decayedMean("view.v", { halfLife: "10s", size: 2 });
    const events = [event("view", 0, { v: [1, 0] }), event("view", 10_000, { v: [0, 1] })];
    expect(one(operator, events, 10_000)).toEqual([1 / 3, 2 / 3]);
  });

  test("decayedMean is still there after a pause in which 2^(-age / halfLife) has become 0", () => {
    const operator = decayedMean("view.v", { halfLife: "1s", size: 2 });
    const events = [event("view", 0, { v: [2, 4] }), event("view", 0, { v: [4, 2] })];
    expect(one(operator, events, 10 ** 10)).toEqual([3, 3]);
  });

  test("decayedMean does not follow later changes of a caller's vector", () => {
    const v = [1, 2];
    const session = state([event("view", 0, { v })], { it: decayedMean("view.v", { halfLife: "1s", size: 2 }) });
    v[0] = 100;
    expect(session.values(0).it).toEqual([1, 2]);
  });
});
