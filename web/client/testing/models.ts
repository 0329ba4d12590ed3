import { hashFeature, hashNamespace } from "../../../shared/features/hash.ts";
import { count, defineModel, epsilonGreedy, field, last, predict, rank } from "../../../shared/spec/define.ts";
import type { ModelSpec } from "../../../shared/spec/model.ts";
import type { Publication } from "./control.ts";

/** A rank model that always takes the best fruit, so that a test can tell from the choice which weights decided. */
export const fruit: ModelSpec = defineModel({
  name: "fruit",
  task: rank(),
  features: {
    session: { bites: count("bite", { window: "session" }), latest: last("bite.kind") },
    context: { season: field("season") },
    action: { kind: field("kind") },
  },
  interactions: [["session", "action"]],
  reward: { wait: "1m", default: 0, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
});

export const intent: ModelSpec = defineModel({
  name: "intent",
  task: predict(),
  features: { context: { pages: field("pages") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
});

/** @param liking How good each kind of fruit is. */
export function fruitPublication(number: number, liking: Record<string, number>): Publication {
  const kind = hashFeature("kind", hashNamespace("action"));
  const mask = 2 ** fruit.learner.bits - 1;
  const weights = Object.entries(liking).map(([name, weight]): [number, number] => [
    (hashFeature(name, kind) & mask) >>> 0,
    weight,
  ]);
  return { spec: fruit, version: 1, number, weights };
}

export const fruits = ["apple", "banana", "cherry"].map((kind) => ({ id: kind, features: { kind } }));
