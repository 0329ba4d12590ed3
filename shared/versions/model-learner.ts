import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { DecisionLearner } from "../bandit/decision-learner.ts";
import { ObservedRange } from "../bandit/observed-range.ts";
import { ObservedSpread } from "../bandit/observed-spread.ts";
import type { DecisionRecord } from "../contract/record.ts";
import { type ModelSpec, rewardRange } from "../contract/spec.ts";
import { requireLearnable } from "../features/feature-limit.ts";
import { Featurizer } from "../features/featurizer.ts";
import "../features/other-operators.ts";
import "../heads/all-heads.ts";
import { linkOf } from "../heads/link.ts";
import type { AutoReport } from "../online/auto/report.ts";
import { logisticLoss, squaredLoss } from "../online/loss.ts";
import { checkFeedback } from "./check-feedback.ts";
import { Examination } from "./examination.ts";

const MAGIC = "EWML";
const FORMAT = 2;
/** Of rank models, whose actions have their ids where they have no features; with the learner auto they know how widely rewards scatter, too, and of a fifth candidate. What was learned before is learned anew. */
const RANKED_FORMAT = 3;
const RANKED_BY_AUTO_FORMAT = 5;
const ranksByAuto = ({ task, learner }: ModelSpec): boolean => task.type === "rank" && learner.type === "auto";
const formatOf = (spec: ModelSpec): number =>
  ranksByAuto(spec) ? RANKED_BY_AUTO_FORMAT : spec.task.type === "rank" ? RANKED_FORMAT : FORMAT;

/**
 * Learns one version of a model from its examples, in the order of the log.
 *
 * predict: one update on the decision's features. rank: one update on those of the chosen action, or what reduction and policy ask for.
 * Graph outputs are taken from the record: the learner never runs a graph.
 */
export class ModelLearner {
  readonly #spec: ModelSpec;
  readonly #range: [number, number] | null;
  readonly #featurizer: Featurizer;
  readonly #examination: Examination;
  readonly #learner: DecisionLearner;
  readonly #rewards = new ObservedRange();
  /** Of rank models with the learner auto. */
  readonly #spread: ObservedSpread | null;
  #lossSum = 0;
  #feedbackSum = 0;

  constructor(spec: ModelSpec) {
    this.#spec = spec;
    this.#range = rewardRange(spec);
    this.#spread = ranksByAuto(spec) ? new ObservedSpread() : null;
    this.#featurizer = new Featurizer(spec);
    this.#examination = new Examination(spec);
    this.#learner = new DecisionLearner(spec, linkOf(spec) === "logistic" ? logisticLoss : squaredLoss);
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

  /** What the learner `auto` made of its candidates, and by which losses (of a committee its first head's); null of any other learner. */
  get report(): AutoReport | null {
    return this.#learner.report;
  }

  /** Mean reward or label. Null before the first example. */
  get meanFeedback(): number | null {
    return this.examples === 0 ? null : this.#feedbackSum / this.examples;
  }

  /**
   * Learns one example.
   * @param record the decision, as it was logged.
   * @param value its reward or label; one outside the spec's range is learned as the nearer end of it.
   * @param learned hears of the value that was learned, and of the loss of its prediction before that.
   * @returns whether the value was in the range.
   * @throws Error when the record is not this model's or the value cannot be its feedback. Nothing was learned then.
   * @throws TooManyFeatures when it has more than one example may have.
   */
  learn(record: DecisionRecord, value: number, learned?: (value: number, loss: number) => void): boolean {
    const { name, task } = this.#spec;
    if (record.model !== name) throw new Error(`decision ${record.id} is of model ${record.model}, not ${name}`);
    if (record.task !== task.type)
      throw new Error(`decision ${record.id} is a ${record.task} decision, ${name} is a ${task.type} model`);
    const problem = checkFeedback(this.#spec, value);
    if (problem !== null) throw new Error(`feedback ${value} for decision ${record.id} ${problem}`);
    const decision = this.#featurizer.hashInPlace(record.task === "rank" ? record : { ...record, actions: [] });
    const [chosen, propensity] =
      record.task === "rank" ? [record.chosen, record.probabilities[record.chosen]!] : [0, null];
    requireLearnable(this.#spec, decision, chosen);
    const [lowest, highest] = this.#range ?? [value, value];
    const counted = Math.min(Math.max(value, lowest), highest);
    const { value: worth, importance } = this.#examination.of(record, counted);
    const meta = { id: record.id, chosen, propensity, importance };
    // Of what was predicted to come of it at its place, as the losses of other models are: that is as many times smaller than what it is worth to whoever looks.
    const loss = importance ** 2 * this.#learner.learn(decision, meta, worth);
    this.#lossSum += loss;
    if (record.task === "rank") this.#rewards.learn(counted);
    this.#spread?.learn(counted, this.#rewards.width);
    this.#feedbackSum += counted;
    learned?.(counted, loss);
    return counted === value;
  }

  /** All that it knows, compactly: `read` by a learner of the same spec continues bit for bit. */
  state(): Uint8Array<ArrayBuffer> {
    return this.written().finish();
  }

  /** The same in parts, for who keeps it in parts. @throws NotFiniteError when it has a number that no state may have. */
  written(): ByteWriter {
    const writer = new ByteWriter();
    writer.ascii(MAGIC);
    writer.byte(formatOf(this.#spec));
    writer.finite(this.#lossSum, "sum of losses");
    writer.finite(this.#feedbackSum, "sum of feedback");
    this.#rewards.write(writer);
    this.#spread?.write(writer);
    writer.block(this.#learner.written());
    return writer;
  }

  /**
   * Reads what `state` gave.
   * @returns what makes the learner so; nothing is changed before that is called.
   * @throws Error saying what is wrong when the bytes are not a state for this spec.
   */
  read(state: Uint8Array): () => void {
    const reader = new ByteReader(state, "model learner state");
    reader.header(MAGIC, formatOf(this.#spec));
    const lossSum = reader.finite("sum of losses");
    const feedbackSum = reader.finite("sum of feedback");
    const rewards = this.#rewards.read(reader);
    const spread = this.#spread?.read(reader);
    const learner = this.#learner.read(reader.block("learner state"));
    reader.expectEnd();
    return () => {
      this.#lossSum = lossSum;
      this.#feedbackSum = feedbackSum;
      rewards();
      spread?.();
      learner();
    };
  }

  /**
   * What it has learned, to publish; a copy, so learning can go on.
   * @param version of the model, from 1.
   * @param number of the snapshot, from 0.
   */
  snapshot(version: number, number: number): SnapshotData {
    const { name: model, learner, task } = this.#spec;
    return {
      model,
      version,
      number,
      bits: learner.bits,
      link: linkOf(this.#spec),
      examples: this.examples,
      ...this.#learner.learned,
      ...(task.type === "rank" && { rewardRange: this.#spread?.width(this.#rewards.width) ?? this.#rewards.width }),
    };
  }
}
