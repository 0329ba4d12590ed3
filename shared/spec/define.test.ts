import { expect, test } from "vitest";
import { count, defineModel, field, lastDistinct, modelJsonSchema, rank } from "./define.ts";
import { modelSpec } from "./model.ts";

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

test("the JSON schema describes what an author may write", () => {
  const schema = modelJsonSchema();
  expect(schema.required).toEqual(expect.arrayContaining(["name", "task", "features", "reward"]));
  // Interactions have a default, so an author may leave them out.
  expect(schema.required).not.toContain("interactions");
  expect(schema.additionalProperties).toBe(false);
});
