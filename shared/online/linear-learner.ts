import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../heads/dot.ts";
import type { Learner } from "./learner.ts";
import type { Loss } from "./loss.ts";
import { checkImportance, MAX_IMPORTANCE } from "./magnitude.ts";
import { SharedState } from "./shared-state.ts";

/** What learners of a linear model have in common: all but the update, and what they know besides the weights. */
export abstract class LinearLearner implements Learner {
  readonly weights: Float32Array;
  protected readonly loss: Loss;
  protected readonly shared: SharedState;
  /** Whether examples without features count in what is learned of all examples. */
  protected readonly countsEmpty: boolean = false;
  /** Whether nobody else tells `shared` what time it is. */
  readonly #keepsTime: boolean;
  #examples = 0;
  #prediction = 0;

  /**
   * @param shared what is kept with other learners; without it the learner keeps its own.
   * @param time when the learner begins, if it keeps its own.
   */
  constructor(bits: number, loss: Loss, shared: SharedState | undefined, time = 0) {
    this.weights = new Float32Array(2 ** bits);
    this.loss = loss;
    this.shared = shared ?? new SharedState(loss.range, time);
    this.#keepsTime = shared === undefined;
  }

  get examples(): number {
    return this.#examples;
  }

  get prediction(): number {
    return this.#prediction;
  }

  score(x: FeatureBuffer): number {
    return dot(this.weights, x);
  }

  predict(x: FeatureBuffer, base = 0): number {
    return this.shared.clamp(this.score(x) + base);
  }

  learn(x: FeatureBuffer, label: number, importance: number, base = 0): number {
    const { loss, shared } = this;
    const y = loss.label(label);
    checkImportance(importance);
    shared.widen(y);
    this.#examples++;
    const h = Math.min(importance, MAX_IMPORTANCE);
    const p = this.anticipate(x, h, base);
    this.#prediction = p;
    if (h > 0 && (x.length > 0 || this.countsEmpty)) this.update(x, p, y, h);
    if (this.#keepsTime) shared.time += h;
    return loss.value(p, y);
  }

  /** The prediction that is learned from. */
  protected anticipate(x: FeatureBuffer, _importance: number, base: number): number {
    return this.predict(x, base);
  }

  /**
   * Learns from one example, which has features unless `countsEmpty`.
   * @param p what was predicted; `y` is the label as the loss has it.
   * @param importance above 0.
   */
  protected abstract update(x: FeatureBuffer, p: number, y: number, importance: number): void;

  abstract state(): Uint8Array;
  abstract restore(state: Uint8Array): void;

  /** For `restore`. */
  protected setExamples(examples: number): void {
    this.#examples = examples;
  }
}
