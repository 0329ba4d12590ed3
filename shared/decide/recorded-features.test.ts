import fc from "fast-check";
import { expect, test } from "vitest";
import {
  count,
  decayedMean,
  defineModel,
  field,
  last,
  lastDistinct,
  max,
  mean,
  min,
  rank,
  rate,
  ratio,
  stored,
  sum,
  timeSince,
} from "../contract/define.ts";
import type { SessionEvent } from "../contract/record.ts";
import type { FeatureValues } from "../contract/values.ts";
import { profileValues } from "../features/profile.ts";
import { SessionState } from "../features/session.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { decideRank } from "./decide.ts";
import { loadModel } from "./loaded-model.ts";
import { recordedFeatureProblem } from "./recorded-features.ts";

const spec = defineModel({
  name: "all",
  task: rank(),
  features: {
    session: {
      views: count("view", { window: "session" }),
      pace: rate("view", { window: "2s" }),
      total: sum("view.x", { window: "3s" }),
      average: mean("view.x", { window: "session" }),
      least: min("view.x", { window: "1s" }),
      most: max("view.x", { window: "session" }),
      newest: last("view.x"),
      genres: lastDistinct("view.x", 3),
      idle: timeSince("click"),
      share: ratio("click", "view", { window: "session" }),
      taste: decayedMean("view.v", { halfLife: "1s", size: 2 }),
    },
    profile: {
      tenure: stored("tenure", { ttl: "1d", default: 0 }),
      plan: stored("plan", { ttl: "1d", default: "free" }),
      trusted: stored("trusted", { ttl: "1d", default: false }),
    },
    action: { genre: field("genre") },
  },
  reward: { wait: "1m", default: 0, aggregate: "first" },
});
const model = loadModel(spec, new ModelLearner(spec).snapshot(1, 0));

const recordOf = (sessionFeatures: FeatureValues, profileFeatures: FeatureValues) => {
  const call = {
    id: "s.0",
    unit: "u",
    at: 5000,
    context: {},
    place: "browser" as const,
    actions: [{ id: "a", features: {} }],
  };
  return JSON.parse(JSON.stringify(decideRank(model, { ...call, sessionFeatures, profileFeatures }, null)));
};
const defaults = profileValues(spec.features.profile, {}, 0);

const scalar = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null));
const event = fc.record({
  type: fc.constantFrom("view", "click"),
  at: fc.integer({ min: 0, max: 6000 }),
  properties: fc.record(
    {
      x: fc.oneof(scalar, fc.array(scalar)),
      v: fc.oneof(fc.array(fc.double(), { maxLength: 3 }), fc.tuple(fc.float(), fc.float())),
    },
    { requiredKeys: [] },
  ),
}) as fc.Arbitrary<SessionEvent>;

test("whatever happened in a session, what the operators make of it is found right", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const session = new SessionState(spec.features.session);
      for (const each of events) session.add(each);
      expect(recordedFeatureProblem(spec, recordOf(session.values(5000), defaults))).toBeNull();
    }),
    { numRuns: 500 },
  );
});

test.each<[string, FeatureValues, FeatureValues, string]>([
  ["a name", { wealth: 1 }, {}, "sessionFeatures.wealth is no feature of the spec"],
  ["a name that all objects have", {}, { constructor: 1 }, "profileFeatures.constructor is no feature of the spec"],
  ["a count", { views: 1.5 }, {}, "sessionFeatures.views must be a whole number from 0, as count gives it"],
  ["a rate", { pace: -1 }, {}, "sessionFeatures.pace must be a number from 0, as rate gives it"],
  ["a sum", { total: null }, {}, "sessionFeatures.total must be a number, as sum gives it"],
  ["a mean", { average: "much" }, {}, "sessionFeatures.average must be a number or null, as mean gives it"],
  [
    "the last",
    { newest: ["a"] },
    {},
    "sessionFeatures.newest must be a number, a text, true, false or null, as last gives it",
  ],
  [
    "distinct ones",
    { genres: ["a", "b", "c", "d"] },
    {},
    "sessionFeatures.genres must be a list of at most 3 texts, as lastDistinct gives it",
  ],
  ["a time", { idle: -0.1 }, {}, "sessionFeatures.idle must be a number from 0, or null, as timeSince gives it"],
  ["a ratio", { share: true }, {}, "sessionFeatures.share must be a number from 0, or null, as ratio gives it"],
  ["a vector", { taste: [1] }, {}, "sessionFeatures.taste must be 2 numbers, or null, as decayedMean gives it"],
  ["what is stored", {}, { tenure: "long" }, "profileFeatures.tenure must be a number, as stored gives it"],
])("what no operator gives is found: %s", (_, session, profile, problem) => {
  expect(recordedFeatureProblem(spec, recordOf(session, { ...defaults, ...profile }))).toBe(problem);
});
