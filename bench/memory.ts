import { execFileSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KEPT_SNAPSHOT_MEMORY } from "../edge/training/limits.ts";
import {
  adaptive,
  auto,
  bagging,
  bayesian,
  cover,
  defineModel,
  factorised,
  field,
  rank,
} from "../shared/contract/define.ts";
import type { RankDecision } from "../shared/contract/record.ts";
import type { ModelSpec, ModelSpecInput } from "../shared/contract/spec.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { columnsOf } from "../shared/heads/snapshot.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `node bench/memory.ts`: MiB of arrays that a trainer holds, by learner, each at the greatest size that a spec may ask for and with all its
 * weights in use: while it learns, with the state that it commits, and while it publishes. An object of the platform has 128 MB for all it does.
 */

const MIB = 2 ** 20;
const FIELDS = 60;
const names = Array.from({ length: FIELDS }, (_, n) => `f${n}`);
type Varied = Pick<ModelSpecInput, "learner" | "policy" | "reduction">;
const cases: Record<string, Partial<Varied>> = {
  "adaptive, 2^21": { learner: adaptive({ bits: 21 }) },
  "auto, 2^20": { learner: auto({ bits: 20 }) },
  "bayesian, 2^21": { learner: bayesian({ bits: 21 }) },
  "factorised, 2^18, rank 32": { learner: factorised({ bits: 18, rank: 32 }) },
  "factorised, 2^17, rank 64": { learner: factorised({ bits: 17, rank: 64 }) },
  "bagging, 8 of adaptive, 2^18": { policy: bagging({ bags: 8 }), learner: adaptive({ bits: 18 }) },
  "bagging, 5 of auto, 2^18": { policy: bagging({ bags: 5 }), learner: auto({ bits: 18 }) },
  "cover, 4 of auto, dr, 2^18": {
    policy: cover({ policies: 4 }),
    learner: auto({ bits: 18 }),
    reduction: "dr",
  },
};

const [, script, name] = process.argv;
if (name !== undefined) console.log(JSON.stringify(measure(cases[name]!)));
else {
  const rows = Object.keys(cases).map((each) => {
    const figures = JSON.parse(execFileSync(process.execPath, [script!, each], { encoding: "utf8" })) as number[];
    return [each, ...figures.map((bytes) => (bytes / MIB).toFixed(0))];
  });
  console.log(`\n${machine()}\n`);
  console.log(markdownTable(["learner", "learning", "committing", "publishing", "artifact"], rows));
}

/** Bytes alive while it learns, commits and publishes, and of what is published. */
function measure(varied: Partial<Varied>): number[] {
  const spec = specOf(varied);
  const start = alive();
  const learner = new ModelLearner(spec);
  // Each feature is new; after four times as many as there are weights some 98 % of them are in use.
  for (let n = 0; n * FIELDS < 4 * 2 ** spec.learner.bits; n++) learner.learn(decision(n), n % 2);
  const learning = alive() - start;
  let parts: readonly Uint8Array[] | null = learner.written().parts();
  const committing = alive() - start;
  if (parts.length === 0) throw new Error("a state has bytes");
  parts = null;
  // As the publisher: the base and the newest snapshot, where they are small enough, and the one that it publishes.
  const snapshots = [learner.snapshot(1, 1)];
  if (columnsOf(snapshots[0]!).reduce((sum, { values }) => sum + values.byteLength, 0) <= KEPT_SNAPSHOT_MEMORY)
    snapshots.push(learner.snapshot(1, 2), learner.snapshot(1, 3));
  const bytes = encodeSnapshot(snapshots.at(-1)!);
  const publishing = alive() - start;
  return [learning, committing, publishing, bytes.length];
}

function alive(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What an array points to outside the heap is freed some time after the array.
  for (let i = 0; i < 4; i++) collect();
  return process.memoryUsage().arrayBuffers;
}

function specOf(varied: Partial<Varied>): ModelSpec {
  return defineModel({
    name: "m",
    task: rank(),
    features: { action: Object.fromEntries(names.map((each) => [each, field(each)])) },
    reward: { wait: "1m", default: 0, aggregate: "first" },
    interactions: [],
    ...varied,
  });
}

function decision(n: number): RankDecision {
  const features = Object.fromEntries(names.map((each, i) => [each, `${n * FIELDS + i}`]));
  return {
    ...{ format: 2, id: `s.${n}`, model: "m", task: "rank", version: 1, snapshot: 0, unit: "u", at: 0 },
    ...{ computedBy: { place: "edge", runtime: "native" }, assignment: null, deferred: false },
    ...{ context: {}, sessionFeatures: {}, profileFeatures: {}, graph: null },
    ...{ actions: [{ id: "a", features }], scores: [0], probabilities: [1], chosen: 0 },
  };
}
