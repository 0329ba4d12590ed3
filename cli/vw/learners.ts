import { CONSTANT } from "../../shared/features/hash.ts";
import { CoinBettingLearner } from "../../shared/online/coin-betting.ts";
import { FtrlLearner } from "../../shared/online/ftrl.ts";
import { GradientDescentLearner } from "../../shared/online/gradient-descent.ts";
import { JointState } from "../../shared/online/joint-state.ts";
import type { Learner } from "../../shared/online/learner.ts";
import { type Loss, MAX_LABEL } from "../../shared/online/loss.ts";
import { clampFloat32 } from "../../shared/online/magnitude.ts";
import { lossOf } from "./losses.ts";
import type { LearnerOptions, VwOptions } from "./options.ts";

/** Makes the learners of a command line: one, or the models of a reduction. */
export class Learners {
  readonly #options: LearnerOptions;
  readonly loss: Loss;
  readonly #bits: number;
  readonly #initialT: number;
  /** What all models keep together. */
  readonly joint: JointState;
  #made = 0;
  readonly #decay: number;
  /** What is left of the learning rate. */
  #rate = 1;

  /** @param bits size of the table of one model. */
  constructor({ learner, loss, bandit, range, passes }: VwOptions, bits: number) {
    this.#options = learner;
    this.#decay = passes.decay;
    const taken = passes.decay === 1 ? lossOf(loss) : this.#decaying(lossOf(loss));
    this.loss = bandit === null ? taken : forEstimates(taken);
    this.#bits = bits;
    this.#initialT = learner.initialT ?? (learner.adaptive || learner.normalized ? 0 : 1);
    this.joint =
      range === null ? new JointState(this.loss.range, this.#initialT) : new FixedRange(range, this.#initialT);
  }

  next(): Learner {
    const isFirst = this.#made === 0;
    const learner = this.#make();
    const { initialWeight, initialConstant } = this.#options;
    if (initialWeight !== 0) learner.weights.fill(initialWeight);
    if (isFirst && initialConstant !== 0) learner.weights[CONSTANT & (learner.weights.length - 1)] = initialConstant;
    return learner;
  }

  /** The learning rate is another in the next pass. */
  endPass(): void {
    this.#rate = Math.fround(this.#rate * this.#decay);
  }

  #decaying(loss: Loss): Loss {
    return { ...loss, update: (p, y, step, r) => loss.update(p, y, Math.fround(step * this.#rate), r) };
  }

  #make(): Learner {
    const { type, l1, l2, alpha, beta, initialWeight: _, initialConstant: __, ...descent } = this.#options;
    const common = { bits: this.#bits, loss: this.loss, joint: this.joint };
    const bets = { ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) };
    // In VW only the first model's normalisation begins with --initial_t.
    const initialNorms = this.#made++ === 0 ? this.#initialT : 0;
    switch (type) {
      case "ftrl":
        return new FtrlLearner({ ...common, ...bets, l1, l2, asVowpalWabbit: true });
      case "coin":
        return new CoinBettingLearner({ ...common, ...bets });
      case "gradientDescent":
        return new GradientDescentLearner({
          ...common,
          ...descent,
          initialT: this.#initialT,
          initialNorms,
          l1,
          l2,
          asVowpalWabbit: true,
        });
    }
  }
}

/** A range of predictions that labels do not widen. */
class FixedRange extends JointState {
  override widen(): void {}
}

/**
 * Labels that a model estimated (doubly robust) may leave all bounds, when the model is unstable. No line of the input is to blame: they are learned as far as
 * 32 bits have them, as in VW.
 */
const forEstimates = (loss: Loss): Loss => ({
  ...loss,
  label: (label) => (Math.abs(label) > MAX_LABEL ? clampFloat32(Math.fround(label)) : loss.label(Math.fround(label))),
});
