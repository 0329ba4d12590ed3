import type { Beside } from "../../artifact/snapshot.ts";
import type { StatePart } from "../../artifact/state-part.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { widthTable } from "../../heads/widths.ts";
import { LabelUnit } from "../label-unit.ts";
import { fromZero, type StateLayout, sumOf, sumsPart } from "../learner-state.ts";
import { LinearLearner } from "../linear-learner.ts";
import type { Loss } from "../loss.ts";
import { MAX_FLOAT32 } from "../magnitude.ts";
import { BlockRidge } from "./block-ridge.ts";
import { CandidateTables, MIXED_SINCE } from "./candidate-tables.ts";
import { CANDIDATES, START, TOGETHER } from "./candidates.ts";
import { Information } from "./information.ts";
import { LEAST_ERROR, Mixture } from "./mixture.ts";
import { PriorVariance } from "./prior-variance.ts";
import type { AutoReport } from "./report.ts";

const MAGIC = "EWAU";
const FORMAT = 4;
/** The format from which on the norms of what is joined first are kept; before, all was. */
const STRAIGHT_SINCE = 4;
/** The formats of one that ranks, which has a candidate more, and of one that knows widths, too. */
const RANKING_FORMAT = 5;
const WIDTHS_FORMAT = 6;

/**
 * All weights are mixed anew when the mixture's weights have moved by more than this in sum since they last were. Then publications lose at
 * most .11 % of log loss to the exact mixture on eleven streams (docs/adr/0008-versions.md), and all weights change seldom: 18 times in the
 * 12,330 examples of online_shoppers. With 1 they lose up to .5 %; with .25 it is three times as often.
 */
const RENEWAL = 0.5;

/** What an AutoLearner is made with. */
export type AutoOptions = {
  bits: number;
  loss: Loss;
  /** Instead of RENEWAL, for measurements; 0: weights follow the mixture with every example. */
  renewal?: number;
  /** Whether its scores are compared, those of actions: it has a fifth candidate then. Loss is squared. */
  ranks?: boolean;
  /** Whether it says what a score may be wrong by (Information). */
  widths?: boolean;
};

/**
 * The learner that needs no tuning. Four candidates learn the same examples, with and without interactions, with low and
 * high learning rates, one forgetting; a Mixture of their scores is served, weighed by how they do. Each is AdaGrad (Duchi, Hazan & Singer
 * 2011) in normalised, importance-invariant form (Ross, Mineiro & Langford 2013; Karampatziakis & Langford 2011), as
 * AdaptiveLearner, with three differences: a feature that is larger than ever counts as large as it ever was when its scale grows (not
 * as absurdly many times as much, before it has been rescaled); with squared loss the rate is in units of the labels; and the sums of squared
 * gradients begin above 0 (START).
 *
 * What is published is one set of weights, the mixture's: linear heads in a linear sum are a linear head. The mixture changes with every
 * example, and were all weights to follow it, every publication would change them all. So a weight is mixed when its feature is learned, and
 * all of them only when the mixture has moved far (RENEWAL): what changes is what was learned. Scores and predictions, and so learning, are
 * the exact mixture's.
 *
 * One that ranks has a fifth candidate, ridge regression of what is joined first (BlockRidge), and trusts it until another has shown to be better: what predicts the rewards of chosen actions best need not
 * be what tells actions apart best (docs/adr/0034-all-weights-together.md).
 *
 * Which features are interactions, and which are finer features of numbers, is read from `FeatureBuffer`.
 *
 * Against the best of 24 fixed settings, log loss over one pass (bench/no-knobs.ts): online_shoppers .2337 to .2460 (AUC .9269), phishing .2113
 * to .2097, abrupt drift .310 to .349, slow drift .353 to .387, heavy tails .461 to .495, text .5724 to .5759; 2 to 4 times the time of one
 * AdaptiveLearner on the same features. On 10 of 120 streams, mostly of public tables, it was more than 1 % worse than the best; 7 of them
 * are of fewer than 500 examples: what it has to find out costs it some 2 to 5 nats, which shows where examples are few.
 */
export class AutoLearner extends LinearLearner {
  readonly #tables: CandidateTables;
  readonly #mixture: Mixture;
  /** Of one that ranks. */
  readonly #ridges: readonly BlockRidge[];
  /** Of one that says widths. */
  readonly #information: Information | null;
  readonly #scores: Float64Array;
  readonly #clamped: Float64Array;
  readonly #updates = new Float64Array(CANDIDATES.length);
  /** Sums over examples of importance times normalised squared length of what is seen. */
  readonly #norms = { all: 0, straight: 0, single: 0, plain: 0 };
  readonly #unit: LabelUnit;
  readonly #renewal: number;
  /** The mixture's weights when all weights were last mixed. */
  readonly #renewed: Float64Array;

  constructor({ bits, loss, renewal = RENEWAL, ranks = false, widths = false }: AutoOptions) {
    super(bits, loss);
    const priors = ranks ? TOGETHER.map(({ variance }) => new PriorVariance(variance)) : [];
    this.#ridges = priors.map((prior) => new BlockRidge(2 ** bits, prior));
    this.#information = widths ? new Information(2 ** bits, () => Math.max(...priors.map(({ value }) => value))) : null;
    const count = CANDIDATES.length + this.#ridges.length;
    this.#scores = new Float64Array(count);
    this.#clamped = new Float64Array(count);
    this.#renewal = renewal;
    this.#tables = new CandidateTables(this.weights);
    this.#mixture = new Mixture(count, this.logistic, this.#ridges.length);
    this.#unit = new LabelUnit(this.logistic);
    this.#renewed = this.#mixture.weights.slice();
  }

  /** Mixes the weights of an index, those of all candidates. */
  readonly #mixIn = (index: number): void => {
    const { weights } = this.#mixture;
    let together = 0;
    for (let r = 0; r < this.#ridges.length; r++)
      together += weights[CANDIDATES.length + r]! * this.#ridges[r]!.weight(index);
    this.#tables.mixOne(index, weights, together);
  };

  get report(): AutoReport {
    const { weights, recentLosses } = this.#mixture;
    const loss = (i: number) => (this.#unit.importance > 0 ? recentLosses[i]! : null);
    return {
      recentLoss: loss(weights.length),
      candidates: [...CANDIDATES, ...TOGETHER]
        .slice(0, weights.length)
        .map(({ name, features, learningRate, decay }, i) => {
          return { name, features, learningRate, forgetting: 1 - decay, recentLoss: loss(i), weight: weights[i]! };
        }),
    };
  }

  /** By the mixture as it is. */
  override score(x: FeatureBuffer): number {
    this.#tables.score(x, this.#scores);
    for (let r = 0; r < this.#ridges.length; r++) this.#scores[CANDIDATES.length + r] = this.#ridges[r]!.score(x);
    return this.#mixture.sum(this.#scores);
  }

  protected override update(x: FeatureBuffer, _: number, y: number, h: number, base: number): void {
    if (!(Math.fround(h) > 0)) return;
    const { loss } = this;
    const tables = this.#tables;
    const clamped = this.#clamped;
    const updates = this.#updates;
    for (let c = 0; c < CANDIDATES.length; c++) {
      const p = this.joint.clamp(this.#scores[c]! + base);
      clamped[c] = p;
      const derivative = loss.derivative(p, y);
      updates[c] = loss.vanishes(p, y) ? 0 : Math.min(h * derivative * derivative, MAX_FLOAT32);
    }
    const unit = this.#unit.learn(y, h);
    // The derivative of logistic loss begins at 1/2, that of squared loss at twice the label.
    tables.accumulate(x, updates, START * (this.logistic ? 0.25 : 4 * unit * unit) || 1);
    this.#norms.all += h * tables.norms.all;
    this.#norms.straight += h * tables.norms.straight;
    this.#norms.single += h * tables.norms.single;
    this.#norms.plain += h * tables.norms.plain;
    for (let c = 0; c < CANDIDATES.length; c++) {
      const { learningRate, features } = CANDIDATES[c]!;
      const mean = Math.sqrt(this.#unit.importance / this.#norms[features]);
      updates[c] =
        Math.fround(updates[c]!) > 0
          ? loss.update(clamped[c]!, y, learningRate * unit * h, tables.reach[c]! * mean) * mean
          : 0;
      clamped[c]! -= base;
    }
    for (let c = CANDIDATES.length; c < clamped.length; c++)
      clamped[c] = this.joint.clamp(this.#scores[c]! + base) - base;
    this.#mixture.learn(clamped, base, y);
    tables.step(x, updates, this.#mixture.weights);
    // The error is that of the score as it is: ridge regression is exact only so.
    for (let r = 0; r < this.#ridges.length; r++) {
      const c = CANDIDATES.length + r;
      this.#ridges[r]!.learn(x, y - base - this.#scores[c]!, h, tables.inverse, this.#mixIn);
      this.#ridges[r]!.learnPrior(Math.max(this.#mixture.recentLosses[c]!, LEAST_ERROR), this.#mixIn);
    }
    const [first] = this.#ridges;
    if (first) for (let i = 0; i < x.length; i++) if (first.knows(x.indices[i]!)) this.#mixIn(x.indices[i]!);
    this.#information?.learn(x, h, tables.inverse);
    if (distance(this.#mixture.weights, this.#renewed) > this.#renewal) this.#renew();
  }

  get width(): ((x: FeatureBuffer) => number) | undefined {
    const information = this.#information;
    return information ? (x) => information.width(x, this.#tables.inverse) : undefined;
  }

  get beside(): Beside | undefined {
    const information = this.#information;
    return information ? widthTable(information.variances(this.#tables.inverse), information.unknown) : undefined;
  }

  #renew(): void {
    this.#tables.mix(this.#mixture.weights);
    for (const ridge of this.#ridges) ridge.tell(this.#mixIn);
    this.#renewed.set(this.#mixture.weights);
  }

  protected override layout(): StateLayout {
    const norms = [
      sumOf(this.#norms, "all", "sum of norms", fromZero),
      sumOf(this.#norms, "single", "sum of single norms", fromZero),
      sumOf(this.#norms, "plain", "sum of plain norms", fromZero),
    ];
    const sums = sumsPart([...norms, ...this.#unit.sums(), ...this.labelSums()]);
    const parts = [sums, this.#mixture, this.#tables, this.#renewedPart(), this.#straightPart()];
    const size = this.weights.length;
    if (this.#information)
      return { magic: MAGIC, format: WIDTHS_FORMAT, size, parts: [...parts, ...this.#ridges, this.#information] };
    if (this.#ridges.length > 0)
      return { magic: MAGIC, format: RANKING_FORMAT, size, parts: [...parts, ...this.#ridges] };
    return { magic: MAGIC, format: FORMAT, older: [2, 3], size, parts };
  }

  #straightPart(): StatePart {
    const norms = this.#norms;
    const part = sumsPart([sumOf(norms, "straight", "sum of straight norms", fromZero)]);
    return {
      write: part.write,
      read: (reader, format) =>
        format < STRAIGHT_SINCE
          ? () => {
              norms.straight = norms.all;
            }
          : part.read(reader, format),
    };
  }

  /** The part after the tables: weights that an older state has not are mixed when all others are read. */
  #renewedPart(): StatePart {
    const renewed = this.#renewed;
    return {
      write(writer) {
        for (const weight of renewed) writer.float64(weight);
      },
      read: (reader, format) => {
        if (format < MIXED_SINCE) return () => this.#renew();
        const weights = renewed.map(() => reader.finite("mixture of the last renewal"));
        return () => renewed.set(weights);
      },
    };
  }
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum;
}
