import { adaptive, defineModel, epsilonGreedy, field, predict, rank } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";

let made = 0;

/** A small rank model under a name of its own, so that tests in one file do not meet. */
export function rankModel(
  reward: Partial<ModelSpec["reward"]> = {},
  rest: Partial<Pick<ModelSpec, "policy" | "learner" | "reduction" | "keep">> = {},
): ModelSpec {
  return defineModel({
    name: `rank-${made++}`,
    task: rank(),
    features: { context: { device: field("device") }, action: { genre: field("genre") } },
    interactions: [["context", "action"]],
    reward: { wait: "10m", default: 0, aggregate: "first", range: [-1e9, 1e9], ...reward },
    policy: epsilonGreedy({ epsilon: 0.2 }),
    learner: adaptive({ bits: 10 }),
    ...rest,
  });
}

/** A small model of a binary label. */
export function predictModel(learner: ModelSpec["learner"] = adaptive({ bits: 10 })): ModelSpec {
  return defineModel({
    name: `predict-${made++}`,
    task: predict(),
    features: { context: { device: field("device") } },
    reward: { wait: "10m", default: null, aggregate: "first" },
    learner,
  });
}
