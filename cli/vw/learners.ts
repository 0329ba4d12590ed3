import { CoinBettingLearner } from "../../shared/online/coin-betting.ts";
import { FtrlLearner } from "../../shared/online/ftrl.ts";
import { GradientDescentLearner } from "../../shared/online/gradient-descent.ts";
import { JointState } from "../../shared/online/joint-state.ts";
import type { Learner } from "../../shared/online/learner.ts";
import { type Loss, MAX_LABEL } from "../../shared/online/loss.ts";
import { LOSSES } from "./losses.ts";
import type { LearnerOptions, VwOptions } from "./options.ts";

/** Makes the learners of a command line: one, or the models of a reduction. */
export class Learners {
  readonly #options: LearnerOptions;
  readonly #loss: Loss;
  readonly #bits: number;
  readonly #initialT: number;
  /** What all models keep together. */
  readonly joint: JointState;
  #made = 0;

  /** @param bits size of the table of one model. */
  constructor({ learner, loss, bandit }: VwOptions, bits: number) {
    this.#options = learner;
    this.#loss = bandit === null ? LOSSES[loss] : forEstimates(LOSSES[loss]);
    this.#bits = bits;
    this.#initialT = learner.initialT ?? (learner.adaptive || learner.normalized ? 0 : 1);
    this.joint = new JointState(this.#loss.range, this.#initialT);
  }

  next(): Learner {
    const { type, l1, l2, ...descent } = this.#options;
    const common = { bits: this.#bits, loss: this.#loss, joint: this.joint };
    // In VW only the first model's normalisation begins with --initial_t.
    const initialNorms = this.#made++ === 0 ? this.#initialT : 0;
    switch (type) {
      case "ftrl":
        return new FtrlLearner({ ...common, l1, l2, asVowpalWabbit: true });
      case "coin":
        return new CoinBettingLearner(common);
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

/**
 * Labels that a model estimated (doubly robust) may leave all bounds, when the model is unstable. No line of the input is to blame: the
 * largest label is learned then. They have 32 bits, as all of VW's have.
 */
const forEstimates = (loss: Loss): Loss => ({
  ...loss,
  label: (label) => loss.label(Math.fround(Math.min(Math.max(label, -MAX_LABEL), MAX_LABEL))),
});
