import fc from "fast-check";
import { expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { specs } from "../../conformance/specs.ts";
import { BanditLearner } from "../bandit/bandit-learner.ts";
import {
  adaptive,
  bagging,
  cover,
  defineModel,
  epsilonGreedy,
  lastSeenAgo,
  rank,
  seen,
  text,
} from "../contract/define.ts";
import { MAX_FEATURES, MAX_LEARNED_FEATURES } from "../contract/limits.ts";
import { makeLearner } from "../online/learners.ts";
import { squaredLoss } from "../online/loss.ts";
import { policyOf } from "../policies/all-policies.ts";
import { learning } from "../policies/learning.ts";
import { committeeOf } from "../policies/policy-of.ts";
import { requireLearnable } from "./feature-limit.ts";
import "./other-operators.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";

test("features are counted as they are expanded, with every learner and treatment", () => {
  const x = new FeatureBuffer();
  let counted = 0;
  for (const { spec, call, graph } of fixtureDecisions())
    for (const learner of [spec.learner, { type: "auto" as const, bits: 14 }]) {
      const decision = new Featurizer({ ...spec, learner }).hash({ ...call, actions: call.actions ?? [], graph });
      for (let action = decision.count - 1; action >= 0; action--) {
        const { common, singles, all } = decision.counts(action);
        decision.expand(action, x);
        expect([common, singles, all]).toEqual([x.common, x.singles, x.length]);
        counted++;
      }
    }
  expect(counted).toBeGreaterThan(500);
  expect(specs.length).toBeGreaterThan(3);
});

test("also of texts and of matches with the session, and of values that have too many words", () => {
  const words = fc.constantFrom("", "a", "b a", "c, d", "a ".repeat(70_000), "\ufdfa");
  const features = fc.record({ title: words, tags: fc.array(words, { maxLength: 3 }) });
  const x = new FeatureBuffer();
  fc.assert(
    fc.property(words, fc.array(features, { minLength: 1, maxLength: 3 }), fc.boolean(), (query, actions, auto) => {
      const spec = defineModel({
        ...{ name: "read", task: rank(), learner: auto ? { type: "auto", bits: 14 } : adaptive({ bits: 14 }) },
        features: {
          context: { query: text("query") },
          action: {
            title: text("title"),
            tags: text("tags"),
            seen: seen("view.item", "tags"),
            ago: lastSeenAgo("view.item", "tags"),
          },
        },
        reward: { wait: "1m", default: 0, aggregate: "first" },
      });
      const all = actions.map((features, i) => ({ id: `${i}`, features }));
      const matches = [{ event: "view.item", value: "a", times: 2, ago: 5 }];
      const input = {
        at: 0,
        context: { query },
        sessionFeatures: {},
        profileFeatures: {},
        actions: all,
        matches,
        graph: null,
      };
      const decision = new Featurizer(spec).hash(input);
      for (let action = 0; action < decision.count; action++) {
        const { common, singles, all } = decision.counts(action);
        decision.expand(action, x);
        expect([common, singles, all]).toEqual([x.common, x.singles, x.length]);
      }
    }),
    { numRuns: 40 },
  );
});

test.each([
  [{ policy: epsilonGreedy() }],
  [{ policy: epsilonGreedy(), reduction: "dr" as const }],
  [{ policy: epsilonGreedy(), reduction: "ips" as const }],
  [{ policy: bagging({ bags: 4 }) }],
  [{ policy: bagging({ bags: 4 }), reduction: "dr" as const }],
  [{ policy: cover({ policies: 3 }) }],
  [{ policy: cover({ policies: 3 }), reduction: "ips" as const }],
])("the spec says how many learners there are, and whether they look at all actions: %j", (spec) => {
  const { policy, reduction = "mtr" } = spec as { policy: ReturnType<typeof bagging>; reduction?: "mtr" };
  const method = { committee: committeeOf(policy), reduction, countsOnce: policyOf(policy).countsOnce };
  const bandit = new BanditLearner(
    method,
    () => makeLearner({ type: "auto", bits: 8 }, squaredLoss),
    () => 0,
  );
  expect(learning(spec)).toEqual({ learners: bandit.learners.length, looksAtAll: bandit.looksAtAll });
});

test("an example is learnable up to the limits, and not beyond", () => {
  const of = (count: number, each: number) => ({
    count,
    counts: () => ({ common: 1, singles: 1, all: each }),
    expand: () => {},
  });
  const chosenOnly = { task: { type: "rank" as const }, policy: epsilonGreedy() };
  const all = { ...chosenOnly, reduction: "dm" as const };
  expect(() => requireLearnable(chosenOnly, of(900, MAX_FEATURES), 7)).not.toThrow();
  expect(() => requireLearnable(chosenOnly, of(900, MAX_FEATURES + 1), 7)).toThrow(
    "actions[7] makes 32,769 features with the interactions of the spec: at most 32,768 are possible",
  );
  const most = MAX_LEARNED_FEATURES / MAX_FEATURES;
  expect(() => requireLearnable(all, of(most, MAX_FEATURES), 7)).not.toThrow();
  expect(() => requireLearnable(all, of(most + 1, MAX_FEATURES), 7)).toThrow(
    "actions make more features than can be learned",
  );
});
