import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count, defineModel, field, lastSeenAgo, rank, seen, timesSeen } from "../contract/define.ts";
import { MAX_EVENTS } from "../contract/limits.ts";
import type { Action, SessionEvent } from "../contract/record.ts";
import type { CallOperator } from "../contract/spec.ts";
import type { Properties } from "../contract/values.ts";
import { callFeature } from "./call.ts";
import { matchesOf, sessionOfEvents } from "./match-operators.ts";
import type { Matches } from "./matching.ts";
import "./other-operators.ts";

const operators = {
  seen: seen("view.item", "id"),
  times: timesSeen("view.item", "id"),
  ago: lastSeenAgo("view.item", "id"),
  genre: timesSeen("view.genre", "genres"),
} as const satisfies Record<string, CallOperator>;

const event = (type: string, at: number, properties: Properties): SessionEvent => ({ type, at, properties });
const view = (item: Properties[string], at: number, more: Properties = {}) => event("view", at, { item, ...more });

function matchesIn(
  events: readonly SessionEvent[],
  actions: readonly Action[],
  at: number,
  of: Record<string, CallOperator> = operators,
): Matches {
  const { matches } = matchesOf(of, actions, at, sessionOfEvents(events), events.length);
  return matches!;
}

const valuesOf = (matches: Matches, { id, features }: Action) =>
  Object.fromEntries(
    Object.entries(operators).map(([name, operator]) => [
      name,
      callFeature(operator)(features, { at: 0, matches }, id),
    ]),
  );

const action = (id: string, features: Properties = {}): Action => ({ id, features });

test("an action is told whether, how often and how long ago the session saw it", () => {
  const events = [view("a", 1_000), view("b", 2_000), view("a", 4_500), event("click", 5_000, { item: "c" })];
  const actions = ["a", "b", "c"].map((id) => action(id));
  const matches = matchesIn(events, actions, 10_000);
  expect(actions.map((one) => valuesOf(matches, one))).toEqual([
    { seen: 1, times: 2, ago: 5.5, genre: null },
    { seen: 1, times: 1, ago: 8, genre: null },
    { seen: 0, times: 0, ago: null, genre: null },
  ]);
});

test("what is missing is told from what was not seen, and what was seen just now from both", () => {
  const matches = matchesIn([view("a", 10_000, { genre: "drama" })], [action("a", { genres: ["drama"] })], 10_000);
  expect(valuesOf(matches, action("a", { genres: ["drama", "crime"] }))).toEqual({
    seen: 1,
    times: 1,
    ago: 0,
    genre: 1,
  });
  expect(valuesOf(matches, action("b", { genres: "crime" }))).toEqual({ seen: 0, times: 0, ago: null, genre: 0 });
  for (const genres of [undefined, null, [], [null], { a: 1 }])
    expect(valuesOf(matches, action("b", { genres } as Properties)).genre).toBeNull();
});

test("a decision that does not tell what it matches has no value, and one that matches nothing has 0", () => {
  const of = (matches: Matches | undefined) =>
    Object.values(operators).map((operator) => callFeature(operator)({ genres: ["x"] }, { at: 0, matches }, "a"));
  expect(of(undefined)).toEqual([null, null, null, null]);
  expect(of([])).toEqual([0, 0, null, 0]);
});

test("numbers and booleans match texts that are written like them; an id is a property's before it is the action's", () => {
  const events = [view(7, 0), view(true, 0), view("1.5", 0), view(["x"], 0), view(null, 0)];
  const actions = [
    action("7"),
    action("x", { id: true }),
    action("y", { id: 1.5 }),
    action("z", { id: "x" }),
    action("null"),
  ];
  const matches = matchesIn(events, actions, 1);
  expect(actions.map((one) => valuesOf(matches, one).seen)).toEqual([1, 1, 1, 0, 0]);
});

test("names that objects have are values as others", () => {
  const names = ["__proto__", "constructor", "hasOwnProperty", "🎬", "", " "];
  const actions = names.map((id) => action(id));
  const matches = matchesIn([view("__proto__", 0), view("🎬", 0), view("", 0)], actions, 1);
  expect(actions.map((one) => valuesOf(matches, one).seen)).toEqual([1, 0, 0, 1, 1, 0]);
  expect(valuesOf([], action("constructor")).seen).toBe(0);
});

const anyEvents = fc.array(
  fc.record({
    type: fc.constantFrom("view", "view", "click"),
    at: fc.nat(20),
    properties: fc.record(
      { item: fc.constantFrom("a", "b", "c", 1), genre: fc.constantFrom("x", "y", null) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Properties>,
  }),
  { maxLength: 30 },
);
const anyActions = fc.array(
  fc
    .record({ id: fc.constantFrom("a", "b", "1", "d"), genres: fc.subarray(["x", "y", "z"]) })
    .map(({ id, genres }) => action(id, { genres })),
  { minLength: 1, maxLength: 4 },
);

describe("for any session", () => {
  test("values are those of the definition, whatever the order in which events arrive, also at an earlier time", () => {
    fc.assert(
      fc.property(anyEvents, anyActions, fc.nat(25), (events, actions, at) => {
        const shuffled = events.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
        const matches = matchesIn(shuffled, actions, at);
        expect(matchesIn(events, actions, at)).toEqual(matches);
        for (const one of actions) {
          const of = (name: string, own: string[]) =>
            events.filter(
              (e) => e.type === "view" && e.at <= at && own.includes(String(e.properties[name] ?? undefined)),
            );
          const views = of("item", [one.id]);
          const genres = one.features.genres as string[];
          expect(valuesOf(matches, one)).toEqual({
            seen: Number(views.length > 0),
            times: views.length,
            ago: views.length === 0 ? null : (at - Math.max(...views.map((e) => e.at))) / 1000,
            genre: genres.length === 0 ? null : of("genre", genres).length,
          });
        }
      }),
    );
  });

  test("nothing is told of what no action has", () => {
    fc.assert(
      fc.property(anyEvents, anyActions, fc.nat(25), (events, actions, at) => {
        const own = new Set(actions.flatMap(({ id, features }) => [id, ...(features.genres as string[])]));
        for (const { value } of matchesIn(events, actions, at)) expect(own).toContain(value);
      }),
    );
  });
});

test("a session keeps the newest events of each path", () => {
  const events = Array.from({ length: MAX_EVENTS + 1 }, (_, i) => view(i === 0 ? "old" : "new", i));
  const actions = [action("old"), action("new")];
  const matches = matchesIn(events, actions, 2 * MAX_EVENTS);
  expect(actions.map((one) => valuesOf(matches, one).times)).toEqual([0, MAX_EVENTS]);
});

test("a spec that asks for no match gets none", () => {
  expect(matchesOf({ genre: field("genre") }, [action("a")], 0, sessionOfEvents([]), 0)).toEqual({});
  expect(matchesOf(operators, undefined, 0, sessionOfEvents([]), 0)).toEqual({});
});

test("a spec with such operators says its format, and only actions have them", () => {
  const spec = (features: object) =>
    defineModel({ name: "m", task: rank(), features, reward: { wait: "1m", default: 0, aggregate: "first" } });
  expect(spec({ action: { seen: seen("view.item", "id") } }).format).toBe(2);
  expect(spec({ session: { views: count("view", { window: "session" }) } }).format).toBe(1);
  expect(() => spec({ context: { seen: seen("view.item", "id") } })).toThrow(/features\.context\.seen/);
  expect(() => spec({ action: { seen: seen("view", "id") } })).toThrow(
    /features\.action\.seen\.event: must be "event\.property"/,
  );
  expect(() => defineModel({ ...spec({ action: { seen: seen("view.item", "id") } }), format: 1 })).toThrow(
    /format: must be 2/,
  );
});
