import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import { linkOf } from "../scoring/link.ts";
import type { ModelSpec } from "../spec/model.ts";
import type { DecisionRecord } from "../spec/record.ts";
import { AutoLearner, type AutoReport } from "./auto/auto-learner.ts";
import { checkFeedback } from "./check-feedback.ts";
import type { Learner } from "./learner.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";
import { makeLearner } from "./make-learner.ts";
import { Mtr } from "./mtr.ts";

const MAGIC = "EWML";
const FORMAT = 1;

/**
 * Learns one version of a model from its examples, in the order of the log.
 *
 * predict: one update on the decision's features. rank: one update on those of the chosen action (Mtr). Graph outputs are
 * taken from the record: the learner never runs a graph.
 */
export class ModelLearner {
  readonly #spec: ModelSpec;
  readonly #featurizer: Featurizer;
  readonly #learner: Learner;
  readonly #mtr: Mtr;
  readonly #features = new FeatureBuffer();
  #lossSum = 0;
  #feedbackSum = 0;

  constructor(spec: ModelSpec) {
    const loss = linkOf(spec) === "logistic" ? logisticLoss : squaredLoss;
    this.#spec = spec;
    this.#featurizer = new Featurizer(spec);
    this.#learner = makeLearner(spec.learner, loss);
    this.#mtr = new Mtr(spec.policy);
  }

  get examples(): number {
    return this.#learner.examples;
  }

  /**
   * Mean loss of each example's prediction before it was learned: log loss (binary) or squared error (value, reward of the
   * chosen action). Null before the first example.
   */
  get progressiveLoss(): number | null {
    return this.examples === 0 ? null : this.#lossSum / this.examples;
  }

  /** What the learner `auto` made of its candidates, and by which losses; null of any other learner. */
  get choice(): AutoReport | null {
    return this.#learner instanceof AutoLearner ? this.#learner.report : null;
  }

  /** Mean reward or label. Null before the first example. */
  get meanFeedback(): number | null {
    return this.examples === 0 ? null : this.#feedbackSum / this.examples;
  }

  /**
   * Learns one example.
   * @param record the decision, as it was logged.
   * @param value its reward or label.
   * @throws Error when the record is not this model's or the value cannot be its feedback. Nothing was learned then.
   */
  learn(record: DecisionRecord, value: number): void {
    const { name, task } = this.#spec;
    if (record.model !== name) throw new Error(`decision ${record.id} is of model ${record.model}, not ${name}`);
    if (record.task !== task.type)
      throw new Error(`decision ${record.id} is a ${record.task} decision, ${name} is a ${task.type} model`);
    const problem = checkFeedback(this.#spec, value);
    if (problem !== null) throw new Error(`feedback ${value} for decision ${record.id} ${problem}`);
    const actions = record.task === "rank" ? record.actions : [];
    const decision = this.#featurizer.hash({ ...record, actions });
    const chosen = record.task === "rank" ? record.chosen : 0;
    decision.expand(chosen, this.#features);
    const importance = record.task === "rank" ? this.#mtr.importance(record.probabilities[chosen]!, actions.length) : 1;
    this.#lossSum += this.#learner.learn(this.#features, value, importance);
    this.#feedbackSum += value;
  }

  /** All that it knows, compactly; `restore` in a learner of the same spec continues bit for bit. */
  state(): Uint8Array<ArrayBuffer> {
    const writer = new ByteWriter();
    writer.ascii(MAGIC);
    writer.byte(FORMAT);
    for (const value of [this.#lossSum, this.#feedbackSum, this.#mtr.events, this.#mtr.actions]) writer.float64(value);
    writer.block(this.#learner.state());
    return writer.finish();
  }

  /** @throws Error saying what is wrong when the bytes are not a state for this spec; the learner is then as before. */
  restore(state: Uint8Array): void {
    const reader = new ByteReader(state, "model learner state");
    reader.expectHeader(MAGIC, FORMAT);
    const lossSum = reader.finite("sum of losses");
    const feedbackSum = reader.finite("sum of feedback");
    const events = reader.finite("number of events");
    const actions = reader.finite("number of actions");
    if (!(events >= 0 && actions >= events)) throw reader.error("its numbers of events and actions do not fit");
    const learner = reader.block("learner state");
    reader.expectEnd();
    this.#learner.restore(learner);
    this.#lossSum = lossSum;
    this.#feedbackSum = feedbackSum;
    this.#mtr.events = events;
    this.#mtr.actions = actions;
  }

  /**
   * What it has learned, to publish; a copy, so learning can go on.
   * @param version of the model, from 1.
   * @param number of the snapshot, from 0.
   */
  snapshot(version: number, number: number): SnapshotData {
    const { name: model, learner } = this.#spec;
    const weights = this.#learner.weights.slice();
    const { factors } = this.#learner;
    return {
      model,
      version,
      number,
      bits: learner.bits,
      link: linkOf(this.#spec),
      examples: this.examples,
      weights,
      ...(factors && { factors }),
    };
  }
}
