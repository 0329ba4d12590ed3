import type { ByteWriter } from "../artifact/byte-writer.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../heads/dot.ts";
import { JointState } from "./joint-state.ts";
import type { Learner } from "./learner.ts";
import { isCount, readState, type StateLayout, type Sum, sumOf, writeState } from "./learner-state.ts";
import type { Loss } from "./loss.ts";
import { checkImportance, MAX_IMPORTANCE } from "./magnitude.ts";

/** What all learners have in common: how an example is taken, and a state. A learner adds its update, and what it knows besides the weights. */
export abstract class LinearLearner implements Learner {
  readonly weights: Float32Array;
  protected readonly loss: Loss;
  /** Whether scores are log-odds, of labels -1 and 1. */
  protected readonly logistic: boolean;
  protected readonly joint: JointState;
  /** Whether examples without features count in what is learned of all examples. */
  protected readonly countsEmpty: boolean = false;
  /** Whether nobody else tells `joint` what time it is. */
  readonly #keepsTime: boolean;
  readonly #counted = { examples: 0 };
  #prediction = 0;

  /**
   * @param joint what is kept with other learners; without it the learner keeps its own.
   * @param time when the learner begins, if it keeps its own.
   */
  constructor(bits: number, loss: Loss, joint?: JointState, time = 0) {
    this.weights = new Float32Array(2 ** bits);
    this.loss = loss;
    this.logistic = loss.range[0] < 0;
    this.joint = joint ?? new JointState(loss.range, time);
    this.#keepsTime = joint === undefined;
  }

  get examples(): number {
    return this.#counted.examples;
  }

  get prediction(): number {
    return this.#prediction;
  }

  score(x: FeatureBuffer): number {
    return dot(this.weights, x);
  }

  predict(x: FeatureBuffer, base = 0): number {
    return this.joint.clamp(this.score(x) + base);
  }

  learn(x: FeatureBuffer, label: number, importance: number, base = 0): number {
    const { loss, joint } = this;
    const y = loss.label(label);
    checkImportance(importance);
    joint.widen(y);
    this.#counted.examples++;
    const h = Math.min(importance, MAX_IMPORTANCE);
    const p = this.anticipate(x, h, base);
    this.#prediction = p;
    if (h > 0 && (x.length > 0 || this.countsEmpty)) this.update(x, p, y, h, base);
    if (this.#keepsTime) joint.time += h;
    return loss.value(p, y);
  }

  /** The prediction that is learned from. */
  protected anticipate(x: FeatureBuffer, _importance: number, base: number): number {
    return this.predict(x, base);
  }

  /**
   * Learns from one example, which has features unless `countsEmpty`, and has just been anticipated.
   * @param p what was predicted; `y` is the label as the loss has it.
   * @param importance above 0.
   */
  protected abstract update(x: FeatureBuffer, p: number, y: number, importance: number, base: number): void;

  /** How its state is laid out, with what it is. */
  protected abstract layout(): StateLayout;

  written(): ByteWriter {
    return writeState(this.layout());
  }

  state(): Uint8Array {
    return this.written().finish();
  }

  read(state: Uint8Array): () => void {
    return readState(state, this.layout());
  }

  /** What every learner's state has: the range of labels, and how many examples there were. */
  protected labelSums(): Sum[] {
    return [
      sumOf(this.joint, "lowest", "lowest label"),
      sumOf(this.joint, "highest", "highest label", (highest, lowest) => highest >= lowest),
      sumOf(this.#counted, "examples", "number of examples", isCount),
    ];
  }
}
