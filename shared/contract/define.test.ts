import { expect, test } from "vitest";
import {
  adaptive,
  auto,
  bagging,
  bayesian,
  bucket,
  count,
  cover,
  defineModel,
  factorised,
  field,
  lastDistinct,
  max,
  mean,
  min,
  modelJsonSchema,
  predict,
  rank,
  rate,
  ratio,
  softmax,
  squareCb,
  stored,
  sum,
  tauFirst,
  thompson,
} from "./define.ts";
import { modelSpec } from "./spec.ts";

const spec = {
  name: "home-hero",
  task: rank(),
  features: { session: { genres: lastDistinct("view.genre", 5) }, action: { genre: field("genre") } },
  reward: { wait: "10m", default: 0, aggregate: "max" as const },
};

test("a model is plain JSON: what travels is what was defined", () => {
  const model = defineModel(spec);
  expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  expect(modelSpec.parse(model)).toEqual(model);
});

test("what is left out is filled in", () => {
  const { policy, learner, features } = defineModel(spec);
  expect(policy.type).toBe("squareCb");
  expect(learner.type).toBe("auto");
  expect(features.context).toEqual({});
});

test("an error names every field that is wrong", () => {
  const wrong = {
    ...spec,
    name: "Home Hero",
    features: { session: { views: count("view", { window: "5 minutes" }) } },
  };
  expect(() => defineModel(wrong)).toThrow(/name: must be lower-case[\s\S]*features\.session\.views\.window: /);
});

/** As who writes JavaScript calls them. */
const untyped = (operator: unknown) => (operator as (...given: string[]) => never)("view", "view");

test.each([count, rate, sum, mean, min, max, ratio])(
  "without its window, %o says what is missing, and where",
  (one) => {
    const features = { session: { x: untyped(one) } };
    expect(() => defineModel({ ...spec, features })).toThrow(
      'features.session.x.window: must say over what time: { window: "session" }, or a duration such as { window: "10m" }',
    );
  },
);

test.each([
  [{ task: undefined }, 'task: must say what the model does: rank() or predict(), in JSON { "type": "rank" }'],
  [{ task: "rank" }, "task: must say what the model does"],
  [{ task: { type: "sort" } }, "task.type: must say what the model does"],
  [{ reward: undefined }, 'reward: must be what is learned of feedback, such as { wait: "10m", default: 0'],
  [{ reward: { default: 0, aggregate: "max" } }, "reward.wait: is missing: it is a string"],
  [{ reward: { ...spec.reward, default: "0" } }, "reward.default: must be a number"],
  [{ features: undefined }, "features: must be the model's features: { session, context, profile, action }"],
  [{ features: { context: { views: count("view", { window: "1m" }) } } }, "count belongs into features.session"],
  [
    { features: { action: { tenure: stored("x", { ttl: "1h", default: 0 }) } } },
    "stored belongs into features.profile",
  ],
  [{ features: { session: { x: field("x") } } }, "field belongs into features.context or features.action"],
  [{ features: { profile: { x: field("x") } } }, "field belongs into features.context or features.action"],
  [
    { features: { context: { x: { op: "fold", path: "x" } } } },
    "features.context.x.op: must be one of field, vector, ",
  ],
  [
    { features: { session: { x: "view" } } },
    "features.session.x: must be one of count, rate, sum, mean, min, max, last",
  ],
  [{ features: { context: { y: bucket("y", [2000, 1980]) } } }, "features.context.y.edges: must rise"],
  [{ features: { context: { y: bucket("y", [1, 1]) } } }, "features.context.y.edges: must rise"],
  [{ features: { context: { "geo.country": field("x") } } }, "must have a name without a dot, such as geo_country"],
  [{ interactions: [["profile", "action"]] }, "interactions.0: joins profile, which has no feature"],
  [{ interactions: [["action", "graph"]] }, "interactions.0: joins graph, and the model has none"],
  [{ policy: { type: "greedy" } }, "policy.type: must be one of bagging, cover, epsilonGreedy, "],
  [{ name: undefined }, "name: is missing: it is a string"],
])("what an author may get wrong is said in his words: %j", (wrong, message) => {
  const define = () => defineModel({ ...spec, ...wrong } as unknown as typeof spec);
  expect(define).toThrow(message);
  expect(define).not.toThrow(/undefined|destructure|Invalid/);
});

test("actions without features have their ids, which interactions may join", () => {
  const features = { context: { device: field("device") } };
  expect(defineModel({ ...spec, features, interactions: [["context", "action"]] }).interactions).toHaveLength(1);
});

test("what is refused of authors today goes on where it was deployed before", () => {
  const { features, ...model } = defineModel(spec);
  const before = { ...model, features: { ...features, context: { "geo.country": bucket("x", [2, 1]) } } };
  expect(modelSpec.safeParse(before).success).toBe(true);
});

test("an unknown field is refused by name", () => {
  expect(() => defineModel({ ...spec, colour: "red" } as typeof spec)).toThrow(/colour/);
});

test.each([
  { policy: softmax() },
  { policy: tauFirst({ tau: 50, epsilon: 0.01 }), reduction: "ips" as const },
  { policy: bagging(), learner: adaptive() },
  { policy: bagging({ bags: 8 }), learner: auto({ bits: 16 }), reduction: "dr" as const },
  { policy: cover(), learner: adaptive() },
  { policy: cover({ epsilon: 0.1 }), reduction: "dm" as const },
  { policy: thompson(), learner: bayesian() },
  { policy: squareCb(), learner: bayesian({ forgetting: 0.01 }) },
])("%j is a way to decide", (rest) => {
  const model = defineModel({ ...spec, ...rest });
  expect(model).toMatchObject(rest);
  expect(modelSpec.parse(JSON.parse(JSON.stringify(model)))).toEqual(model);
});

test.each([
  [{ policy: thompson() }, "learner: thompson needs to know how unsure each score is: give it the learner bayesian()"],
  [{ task: predict(), policy: bagging() }, "policy: bagging is for models that rank: leave the policy"],
  [{ task: predict(), policy: thompson(), learner: bayesian() }, "policy: thompson is for models that rank"],
  [{ task: predict(), reduction: "dr" as const }, "reduction: is for models that rank: leave the reduction"],
  [
    { reduction: "ips" as const },
    "reduction: squareCb learns what was chosen, each example once: leave the reduction out",
  ],
  [{ policy: thompson(), learner: bayesian(), reduction: "dr" as const }, "reduction: thompson learns what was chosen"],
  [{ policy: bagging(), learner: factorised() }, "choose auto() or adaptive() for bagging"],
  [{ policy: softmax(), learner: factorised(), reduction: "dr" as const }, "choose auto() or adaptive() for dr"],
  [
    { policy: bagging({ bags: 16 }), learner: adaptive() },
    "learner.bits: must be fewer, or the heads of bagging: 16 learners of 2^18 weights are more than the 2097152",
  ],
  [
    { policy: bagging({ bags: 8 }), learner: adaptive(), reduction: "dr" as const },
    "learner.bits: must be fewer, or the heads of bagging: 16 learners of 2^18 weights are more than the 2097152",
  ],
  [{ policy: bagging({ bags: 8 }), learner: auto() }, "8 learners of 2^18 weights are more than the 1310720"],
  [{ learner: factorised({ bits: 18, rank: 64 }) }, "learner.rank: must be at most 32 with 18 bits"],
  [
    { reward: { ...spec.reward, range: [1, 0] as [number, number] } },
    "reward.range: must be the lowest value and then the highest",
  ],
  [{ learner: auto({ bits: 21 }) }, "learner.bits: "],
  [{ policy: bagging({ bags: 1 }) }, "policy.bags: "],
  [{ policy: cover({ epsilon: 2 }) }, "policy.epsilon: "],
  [{ reduction: "mtrs" as "mtr" }, "reduction: "],
])("what does not go together is refused, and said what to do: %j", (rest, message) => {
  expect(() => defineModel({ ...spec, ...rest })).toThrow(message);
});

test("a spec from before there were reductions is the same spec", () => {
  expect(Object.keys(defineModel(spec))).not.toContain("reduction");
});

test("the JSON schema describes what an author may write", () => {
  const schema = modelJsonSchema();
  expect(schema.required).toEqual(expect.arrayContaining(["name", "task", "features", "reward"]));
  // Interactions have a default, so an author may leave them out.
  expect(schema.required).not.toContain("interactions");
  expect(schema.additionalProperties).toBe(false);
  const types = (name: string) =>
    (schema.properties as Record<string, { oneOf: { properties: { type: { const: string } } }[] }>)[name]!.oneOf.map(
      ({ properties }) => properties.type.const,
    );
  expect(types("policy")).toEqual(
    expect.arrayContaining(["epsilonGreedy", "squareCb", "softmax", "tauFirst", "bagging", "cover", "thompson"]),
  );
  expect(types("learner")).toEqual(expect.arrayContaining(["adaptive", "auto", "factorised", "bayesian"]));
  expect((schema.properties as Record<string, unknown>).reduction).toMatchObject({ enum: ["mtr", "ips", "dr", "dm"] });
  expect(schema.required).not.toContain("reduction");
});
