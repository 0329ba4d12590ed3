import type { SnapshotData } from "../shared/artifact/snapshot.ts";
import { auto, defineModel, field, predict } from "../shared/contract/define.ts";
import { auc } from "../shared/evaluation/auc.ts";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import { deltaExtent, encodeDelta } from "../shared/heads/delta.ts";
import { dot } from "../shared/heads/dot.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { AutoLearner } from "../shared/online/auto/auto-learner.ts";
import { logisticLoss } from "../shared/online/loss.ts";
import { median } from "./interleaved.ts";
import { markdownTable } from "./markdown.ts";
import type { LabelledRows } from "./no-knobs/labelled-rows.ts";
import { STREAMS, turningPairs } from "./no-knobs/streams.ts";

/**
 * `node bench/publications.ts`: what pages lose by the default learner's published weights, which do not follow its mixture with every example,
 * and what a publication changes. One pass, a publication every 20 examples; each example is scored, before it is learned, by the newest: with all weights
 * mixed as the mixture was then, and as they are.
 */

const EVERY = 20;
const BITS = 16;
/** A publication changes all weights when it changes so many times the weights that were learned. */
const RENEWED = 1.5;

function measure(name: string, { names, rows }: LabelledRows): string[] {
  const context = Object.fromEntries(names.map((column) => [column, field(column)]));
  const reward = { wait: "1m", default: null, aggregate: "first" } as const;
  const featurizer = new Featurizer(
    defineModel({ name: "m", task: predict(), features: { context }, reward, learner: auto() }),
  );
  const learner = new AutoLearner({ bits: BITS, loss: logisticLoss });
  const exact = new AutoLearner({ bits: BITS, loss: logisticLoss, renewal: 0 });
  const publish = ({ weights }: AutoLearner, number: number): SnapshotData => {
    const header = { model: "m", version: 1, number, bits: BITS, link: "logistic" as const, examples: number };
    return { ...header, weights: weights.slice() };
  };
  let published = publish(learner, 0);
  let mixed = published;
  const mixture = { loss: 0, scores: [] as number[] };
  const weights = { loss: 0, scores: [] as number[] };
  const deltas: number[] = [];
  let renewals = 0;
  const touched = new Set<number>();
  const x = new FeatureBuffer();
  for (const [n, { data, label }] of rows.entries()) {
    const input = { at: 0, context: data, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null };
    featurizer.hash(input).expand(0, x);
    for (const [result, snapshot] of [[mixture, mixed] as const, [weights, published] as const]) {
      const score = dot(snapshot.weights, x);
      result.scores.push(score);
      result.loss += logisticLoss.value(Math.min(Math.max(score, -50), 50), label === 1 ? 1 : -1) / rows.length;
    }
    learner.learn(x, label, 1);
    exact.learn(x, label, 1);
    for (let i = 0; i < x.length; i++) touched.add(x.indices[i]!);
    if ((n + 1) % EVERY > 0) continue;
    mixed = publish(exact, n + 1);
    const next = publish(learner, n + 1);
    const delta = encodeDelta(published, next);
    deltas.push(delta.length);
    if (deltaExtent(delta).numbers > RENEWED * touched.size) renewals++;
    touched.clear();
    published = next;
  }
  const labels = rows.map(({ label }) => label);
  return [
    name,
    String(rows.length),
    mixture.loss.toFixed(4),
    auc(mixture.scores, labels)!.toFixed(4),
    weights.loss.toFixed(4),
    auc(weights.scores, labels)!.toFixed(4),
    `${(100 * (weights.loss / mixture.loss - 1)).toFixed(2)} %`,
    `${renewals} of ${deltas.length}`,
    String(median(deltas)),
    String(encodeSnapshot(published).length),
  ];
}

const head = ["stream", "examples", "mixture: log loss", "AUC", "weights: log loss", "AUC", "difference"];
const streams = Object.entries({ ...STREAMS, "turning pairs": turningPairs });
const table: string[][] = [];
for (const [name, make] of streams) table.push(measure(name, await make()));
console.log(
  markdownTable(
    [...head, "publications of all weights", "bytes of a delta, median", "bytes of the last snapshot"],
    table,
  ),
);
