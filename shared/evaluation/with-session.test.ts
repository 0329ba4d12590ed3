import { expect, test } from "vitest";
import { count, defineModel, lastSeenAgo, rank, seen, timesSeen } from "../contract/define.ts";
import { callFeature } from "../features/call.ts";
import "../features/other-operators.ts";
import { type LoggedInput, withSession } from "./with-session.ts";

const spec = defineModel({
  name: "hotels",
  task: rank(),
  features: {
    session: { views: count("view", { window: "session" }) },
    action: {
      seen: seen("view.item", "id"),
      times: timesSeen("view.item", "id"),
      ago: lastSeenAgo("view.item", "id"),
    },
  },
  reward: { wait: "1m", default: 0, aggregate: "first" },
});
const view = (at: number, item: string) => ({ type: "view", at, properties: { item } });
const input = (at: number, events: LoggedInput["events"]): LoggedInput => ({
  ...{ at, context: {}, sessionFeatures: {}, profileFeatures: {}, graph: null, events },
  actions: [
    { id: "a", features: {} },
    { id: "b", features: {} },
  ],
});
const values = (given: ReturnType<typeof withSession>) =>
  given.actions.map(({ id, features }) =>
    Object.values(spec.features.action).map((operator) => callFeature(operator)(features, given, id)),
  );

test("a spec's features are made of a log's events until the decision, in whatever order they stand", () => {
  const given = withSession(spec, input(10_000, [view(8000, "a"), view(11_000, "b"), view(2000, "a")]));
  expect(given.sessionFeatures).toEqual({ views: 2 });
  expect(values(given)).toEqual([
    [1, 2, 2],
    [0, 0, null],
  ]);
});

test("what came after the decision pushes out nothing of what was known then", () => {
  const after = Array.from({ length: 1000 }, (_, i) => view(11_000 + i, "b"));
  const given = withSession(spec, input(10_000, [view(8000, "a"), ...after]));
  expect(given.sessionFeatures).toEqual({ views: 1 });
  expect(values(given)).toEqual([
    [1, 1, 2],
    [0, 0, null],
  ]);
});

test("without a time of the decision, it was after all of them", () => {
  const given = withSession(spec, input(0, [view(8000, "a"), view(9000, "b")]));
  expect(given.at).toBe(9000);
  expect(values(given)).toEqual([
    [1, 1, 1],
    [1, 1, 0],
  ]);
});

test("what says nothing of events is as it was, and no event is another thing", () => {
  const none = input(0, undefined);
  expect(withSession(spec, none)).toBe(none);
  expect(values(withSession(spec, input(0, [])))).toEqual([
    [0, 0, null],
    [0, 0, null],
  ]);
  expect(withSession(spec, input(0, [])).sessionFeatures).toEqual({ views: 0 });
});
