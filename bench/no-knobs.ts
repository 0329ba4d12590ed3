import { pathToFileURL } from "node:url";
import { adaptive, auto, defineModel, field, logBucket, predict } from "../shared/contract/define.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import type { LearnerSpec, ModelSpec } from "../shared/contract/spec.ts";
import { auc } from "../shared/evaluation/auc.ts";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import type { Learner } from "../shared/online/learner.ts";
import { makeLearner } from "../shared/online/learners.ts";
import { logisticLoss } from "../shared/online/loss.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { interleaved, type Timed } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { type LabelledRows, labelledRows } from "./no-knobs/labelled-rows.ts";
import { STREAMS } from "./no-knobs/streams.ts";

/**
 * `node bench/no-knobs.ts [STREAM | FILE.csv:LABEL[:POSITIVE] ...]`: the default learner, with nothing set, against the best of 24 fixed settings on
 * the same stream, one pass, each example predicted before it is learned: AdaptiveLearner with six rates, numbers as they are or as
 * categories by octave, with and without interactions. Text has no numbers, so it has 12. A table of one's own has a header; its label is 1
 * where the column LABEL says POSITIVE, or 1 or TRUE.
 *
 * Times are of learning alone, features ready; and of all that a record costs, from the values of its columns on.
 */

const RATES = [0.05, 0.1, 0.25, 0.5, 1, 2];
/** So many examples are learned over and over for the time of one. */
const TIMED = 3000;

type Setting = { name: string; spec: ModelSpec };

function setting({ names, rows }: LabelledRows, learner: LearnerSpec, buckets: boolean, pairs: boolean): Setting {
  const isNumber = (name: string) => rows.some(({ data }) => typeof data[name] === "number");
  const context = Object.fromEntries(
    names.map((name) => [name, buckets && isNumber(name) ? logBucket(name) : field(name)]),
  );
  const spec = defineModel({
    name: "stream",
    task: predict(),
    features: { context },
    ...(learner.type === "auto" ? {} : { interactions: pairs ? [["context", "context"]] : [] }),
    reward: { wait: "1m", default: null, aggregate: "first" },
    learner,
  });
  const rate = learner.type === "adaptive" ? learner.learningRate : "";
  return { name: `${buckets ? "buckets" : "numbers"}${pairs ? ", interactions" : ""}, rate ${rate}`, spec };
}

/** The features of each row, ready to be learned. */
function expand({ rows }: LabelledRows, spec: ModelSpec): FeatureBuffer[] {
  const featurizer = new Featurizer(spec);
  return rows.map(({ data }) => {
    const x = new FeatureBuffer();
    const input = { at: 0, context: data, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null };
    featurizer.hash(input).expand(0, x);
    return x;
  });
}

function onePass(stream: LabelledRows, examples: FeatureBuffer[], learner: Learner): { loss: number; area: number } {
  let loss = 0;
  const scores = examples.map((x, i) => {
    const score = learner.predict(x);
    loss += learner.learn(x, stream.rows[i]!.label, 1);
    return score;
  });
  const labels = stream.rows.map(({ label }) => label);
  return { loss: loss / examples.length, area: auc(scores, labels)! };
}

/** Learns the first examples, over and over. */
function learning({ rows }: LabelledRows, examples: FeatureBuffer[], learner: Learner): Timed {
  let next = 0;
  return async (n) => {
    const started = performance.now();
    for (let i = 0; i < n; i++) {
      learner.learn(examples[next]!, rows[next]!.label, 1);
      next = (next + 1) % examples.length;
    }
    return performance.now() - started;
  };
}

/** Learns the records of the first examples, over and over: their features too are made. */
function learningRecords({ rows }: LabelledRows, spec: ModelSpec): Timed {
  const records = rows.map(({ data }, i): DecisionRecord => {
    return {
      id: `${i}`,
      model: spec.name,
      version: 1,
      snapshot: 0,
      unit: "",
      at: 0,
      format: 2,
      assignment: null,
      deferred: false,
      computedBy: { place: "edge", runtime: "native" },
      context: data,
      sessionFeatures: {},
      profileFeatures: {},
      graph: null,
      task: "predict",
      score: 0,
      value: 0.5,
    };
  });
  const learner = new ModelLearner(spec);
  let next = 0;
  return async (n) => {
    const started = performance.now();
    for (let i = 0; i < n; i++) {
      learner.learn(records[next]!, rows[next]!.label);
      next = (next + 1) % records.length;
    }
    return performance.now() - started;
  };
}

function readFileNamed(argument: string): Promise<LabelledRows> {
  const [file, label, positive] = argument.split(":");
  if (!file || !label) throw new Error(`${argument} is neither a stream nor FILE.csv:LABEL[:POSITIVE]`);
  return labelledRows(pathToFileURL(file), label, positive === undefined ? undefined : [positive]);
}

const wanted = process.argv.slice(2);
const table: string[][] = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(STREAMS)) {
  const stream = await (STREAMS[name]?.() ?? readFileNamed(name));
  const numbers = stream.rows.some(({ data }) => Object.values(data).some((value) => typeof value === "number"));
  const ours = setting(stream, auto(), false, true);
  const ready = expand(stream, ours.spec);
  const result = onePass(stream, ready, makeLearner(ours.spec.learner, logisticLoss));
  let best = { name: "", spec: ours.spec, loss: Number.POSITIVE_INFINITY, area: 0 };
  for (const buckets of numbers ? [false, true] : [false])
    for (const pairs of [false, true]) {
      const settings = RATES.map((learningRate) => setting(stream, adaptive({ learningRate }), buckets, pairs));
      const examples = expand(stream, settings[0]!.spec);
      for (const { name, spec } of settings) {
        const { loss, area } = onePass(stream, examples, makeLearner(spec.learner, logisticLoss));
        if (loss < best.loss) best = { name, spec, loss, area };
      }
    }
  const some = { ...stream, rows: stream.rows.slice(0, TIMED) };
  const one = () => makeLearner(adaptive(), logisticLoss);
  const times = await interleaved({
    auto: learning(some, ready.slice(0, TIMED), makeLearner(auto(), logisticLoss)),
    same: learning(some, ready.slice(0, TIMED), one()),
    autoRecords: learningRecords(some, ours.spec),
    best: learningRecords(some, best.spec),
    buckets: learningRecords(some, setting(some, adaptive(), true, true).spec),
    pairs: learningRecords(some, setting(some, adaptive(), false, true).spec),
    plain: learningRecords(some, setting(some, adaptive(), false, false).spec),
  });
  const ratio = (to: string) => (times.autoRecords! / times[to]!).toFixed(1);
  table.push([
    name,
    String(stream.rows.length),
    result.loss.toFixed(4),
    result.area.toFixed(4),
    best.loss.toFixed(4),
    best.area.toFixed(4),
    best.name,
    `${(100 * (result.loss / best.loss - 1)).toFixed(2)} %`,
    times.auto!.toFixed(1),
    (times.auto! / times.same!).toFixed(1),
    times.autoRecords!.toFixed(1),
    ratio("best"),
    ratio("buckets"),
    ratio("pairs"),
    ratio("plain"),
  ]);
}
console.log(machine());
console.log(
  markdownTable(
    [
      "stream",
      "examples",
      "auto: log loss",
      "AUC",
      "best of grid: log loss",
      "AUC",
      "setting",
      "difference",
      "learning alone: µs",
      "times AdaptiveLearner on the same features",
      "from the record on: µs",
      "times the best setting",
      "times octaves, interactions",
      "times numbers, interactions",
      "times numbers alone",
    ],
    table,
  ),
);
