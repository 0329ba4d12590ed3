import { expect, test } from "vitest";
import { bagging, cover, softmax, thompson } from "../../shared/contract/define.ts";
import { comparedPolicy } from "../../shared/evaluation/compared-policy.ts";
import { learnerName } from "../../shared/evaluation/learner-name.ts";
import { namedLearner } from "./learner-text.ts";
import { namedPolicy } from "./policy-text.ts";
import { namedRange } from "./range-text.ts";

const distribution = (text: string, scores: number[], examples = 0): number[] => {
  const policy = namedPolicy(text);
  if (policy.type !== "scored") throw new Error(`${text} needs no scores`);
  return [...policy.distribution({ scores }, { examples })];
};

test("policies have the field's names, and their parameter after a colon", () => {
  expect(namedPolicy("logged").type).toBe("logged");
  expect(namedPolicy("uniform").type).toBe("uniform");
  expect(distribution("epsilon-greedy:0.5", [0, 1])).toEqual([0.25, 0.75]);
  expect(distribution("softmax:0", [0, 1])).toEqual([0.5, 0.5]);
  // After four examples gamma is 10 * sqrt(4), and a gap of 1 leaves 1 / (2 + 20).
  expect(distribution("squarecb:10", [0, 1], 2)[0]).toBeCloseTo(1 / 22, 12);
  expect(distribution("squarecb:10:0.5", [0, 1], 4)[0]).toBeCloseTo(1 / 22, 12);
});

test("SquareCB of a spec is named with its exponent where it is not the usual one", () => {
  expect(comparedPolicy({ type: "squareCb", gamma: 10, exponent: 0.5 })).toMatchObject({ name: "squarecb:10:0.5" });
  expect(namedPolicy("squarecb:3:1").name).toBe("squarecb:3");
});

test("a parameter left out is the usual one, and stands in the name", () => {
  expect(namedPolicy("epsilon-greedy").name).toBe("epsilon-greedy:0.05");
  expect(namedPolicy("softmax").name).toBe("softmax");
  expect(namedPolicy("squarecb").name).toBe("squarecb:0.5");
});

test("a parameter that is found out by itself is left out", () => {
  for (const text of ["softmax", "mixed-softmax", "mixed-softmax::0.1"]) expect(namedPolicy(text).name).toBe(text);
  expect(namedPolicy("mixed-softmax:")).toEqual({
    ...namedPolicy("mixed-softmax"),
    distribution: expect.any(Function),
  });
  expect(namedPolicy("mixed-softmax:2").name).toBe("mixed-softmax:2");
});

test("a spec's policy is the one of that name, exponent and all", () => {
  expect(comparedPolicy({ type: "epsilonGreedy", epsilon: 0.1 }).name).toBe("epsilon-greedy:0.1");
  const policy = comparedPolicy({ type: "squareCb", gamma: 10, exponent: 0 });
  if (policy.type !== "scored") throw new Error("it needs no scores");
  expect(policy.distribution({ scores: [0, 1] }, { examples: 100 })[0]).toBeCloseTo(1 / 12, 12);
});

test("policies with learners of their own, and other reductions, are named alike in spec and command line", () => {
  for (const [text, policy] of [
    ["bagging:4", bagging({ bags: 4 })],
    ["cover:3", cover()],
    ["thompson", thompson()],
  ] as const) {
    expect(namedPolicy(text)).toMatchObject({ type: "learning", policy, reduction: "mtr" });
    expect(comparedPolicy(policy)).toEqual(namedPolicy(text));
  }
  expect(namedPolicy("softmax:5/dr")).toMatchObject({
    type: "learning",
    policy: softmax({ lambda: 5 }),
    reduction: "dr",
  });
  expect(namedPolicy("first:3").name).toBe("first:3");
  expect(distribution("first:3", [0, 1], 2)).toEqual([0.5, 0.5]);
  expect(distribution("first:3", [0, 1], 3)).toEqual([0, 1]);
  expect(comparedPolicy(bagging({ bags: 4, epsilon: 0 })).name).toBe("bagging:4 (epsilon 0)");
});

test.each([
  "greedy",
  "epsilon-greedy:2",
  "epsilon-greedy:",
  "softmax:x",
  "squarecb:-1",
  "uniform:1",
  "squarecb:1:2",
  "squarecb:1:1:1",
  "squarecb:",
  "squarecb:0",
  "bagging:1",
  "cover:2.5",
  "thompson:2",
  "uniform/dr",
  "softmax/mt",
  "first:-1",
])("%s is no policy", (text) => {
  expect(() => namedPolicy(text)).toThrow(`--policy ${text.startsWith("greedy") ? '"greedy"' : text}`);
});

test("learners have the spec's names", () => {
  for (const name of ["auto", "adaptive:0.1", "factorised:8", "bayesian"])
    expect(learnerName(namedLearner(name))).toBe(name);
  expect(learnerName(namedLearner("adaptive"))).toBe("adaptive:0.5");
});

test.each([
  "sgd",
  "auto:1",
  "adaptive:0",
  "adaptive:x",
  "adaptive:",
  "factorised:0",
  "factorised:65",
  "factorised:1.5",
])("%s is no learner", (text) => {
  expect(() => namedLearner(text)).toThrow(`--learner ${JSON.stringify(text)}`);
});

test("a range is its lowest and its highest", () => {
  expect(namedRange("-2,3")).toEqual({ low: -2, high: 3 });
  for (const text of ["", "1", "1,0", "0,x", "0,1,2", "0,"]) expect(() => namedRange(text)).toThrow("--rewards");
});

test("policies that differ have names that differ", () => {
  const names = [thompson(), thompson({ epsilon: 0.2 }), bagging(), bagging({ epsilon: 0.2 })].map(
    (policy) => comparedPolicy(policy).name,
  );
  expect(names).toEqual(["thompson", "thompson (epsilon 0.2)", "bagging:5", "bagging:5 (epsilon 0.2)"]);
});

test("what learns each example once takes no other reduction", () => {
  for (const text of ["squarecb:10/dr", "thompson/ips"])
    expect(() => namedPolicy(text)).toThrow("takes no other reduction");
});
