import { canonicalJson } from "../shared/contract/canonical.ts";
import { adaptive, defineModel, epsilonGreedy, field, rank } from "../shared/contract/define.ts";
import type { Action, RankDecision } from "../shared/contract/record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { sample } from "../shared/policies/sample.ts";

export const MODEL = "simulated";

/** A small model. What differs between two of its versions is when and as what a decision is learned. */
export function spec(draw: () => number, range: number): ModelSpec {
  const aggregates = ["first", "last", "max", "sum", "mean"] as const;
  return defineModel({
    name: MODEL,
    task: rank(),
    features: { context: { device: field("device") }, action: { genre: field("genre") } },
    interactions: [["context", "action"]],
    reward: {
      wait: (["1s", "4s", "20s"] as const)[Math.floor(draw() * 3)]!,
      default: draw() < 0.8 ? 0 : null,
      aggregate: aggregates[Math.floor(draw() * aggregates.length)]!,
      range: [0, range],
    },
    ...(draw() < 0.5 && { perHour: { session: 3, unit: 8, network: null, all: 30 } }),
    policy: epsilonGreedy({ epsilon: 0.2 }),
    learner: adaptive({ bits: 8 }),
  });
}

export const specText = (of: ModelSpec): string => canonicalJson(of);

const DEVICES = ["phone", "desktop", "tablet"];
const GENRES = ["drama", "crime", "comedy", "noir", "western"];

/** How many units there are. */
export const UNITS = 20;
/** No name has another in it, so a text tells whose it has. */
export const unitNamed = (n: number): string => `unit-${String(n).padStart(2, "0")}`;

/** What a visitor is to be shown, as it is drawn. */
export function drawnCall(draw: () => number): { context: { device: string }; actions: Action[] } {
  const first = Math.floor(draw() * GENRES.length);
  return {
    context: { device: DEVICES[Math.floor(draw() * DEVICES.length)]! },
    actions: Array.from({ length: 3 }, (_, i) => ({
      id: `a${i}`,
      features: { genre: GENRES[(first + i) % GENRES.length]! },
    })),
  };
}

/** A reward, as it is drawn: now and then more than a model takes. */
export const drawnReward = (draw: () => number): number => Math.floor(draw() * 5) / 2;

/** A decision as a page would make it. What it claims is not checked here. */
export function rankRecord(id: string, unit: string, at: number, draw: () => number): RankDecision {
  const probabilities = [0.25, 0.5, 0.25];
  return {
    ...{ id, unit, model: MODEL, task: "rank", version: 1, snapshot: 0, at, format: 2 },
    ...drawnCall(draw),
    ...{ assignment: null, deferred: draw() < 0.1, computedBy: { place: "browser", runtime: "native" } },
    ...{ sessionFeatures: {}, profileFeatures: {}, graph: null },
    scores: [0, 0.5, 0],
    probabilities,
    chosen: sample(id, probabilities),
  };
}
