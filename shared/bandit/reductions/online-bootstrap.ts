import type { LoggedDecision } from "./logged-decision.ts";
import { poisson } from "./poisson.ts";
import type { Regression } from "./regression.ts";

/**
 * Online bootstrap (Oza & Russell 2001): every learner learns each decision as many times as a Poisson(1) draw says, as if it had a sample of the
 * decisions of its own. So where the data leave doubt, the learners differ.
 */
export class OnlineBootstrap implements Regression {
  readonly #learners: readonly Regression[];
  readonly #uniform: () => number;

  /** @param uniform draws from [0, 1). */
  constructor(learners: readonly Regression[], uniform: () => number) {
    this.#learners = learners;
    this.#uniform = uniform;
  }

  learn(decision: LoggedDecision): void {
    for (const learner of this.#learners)
      for (let times = poisson(this.#uniform()); times > 0; times--) learner.learn(decision);
  }
}
