import { expect, test } from "vitest";
import {
  adaptive,
  auto,
  bagging,
  bayesian,
  count,
  cover,
  defineModel,
  factorised,
  field,
  lastDistinct,
  modelJsonSchema,
  predict,
  rank,
  softmax,
  squareCb,
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
