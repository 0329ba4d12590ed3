/**
 * What a decision counts in importance-weighted regression on the chosen action (MTR, "multi-task regression", as Vowpal Wabbit's
 * `--cb_type mtr`): 1 / propensity, divided by the mean number of actions so far, so that the mean weight stays near 1.
 */
export class MtrWeights {
  /** Decisions so far, and the sum of their numbers of actions. */
  decisions = 0;
  actions = 0;

  /** Counts a decision of `count` actions, and weighs it. @param propensity above 0. */
  next(propensity: number, count: number): number {
    this.decisions++;
    this.actions += count;
    return (1 / propensity) * (this.decisions / this.actions);
  }
}
