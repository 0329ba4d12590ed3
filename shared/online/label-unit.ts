import { fromZero, type Sum, sumOf } from "./learner-state.ts";

/** The unit of labels, for rates that are in it: the root of their mean square, weighed by importance; 1 with logistic loss. */
export class LabelUnit {
  /** Sum of importance. */
  importance = 0;
  /** Sum of importance times squared label. */
  squares = 0;
  readonly #logistic: boolean;

  constructor(logistic: boolean) {
    this.#logistic = logistic;
  }

  /** Counts a label. @returns the unit. */
  learn(y: number, importance: number): number {
    this.importance += importance;
    this.squares += importance * y * y;
    return this.#logistic ? 1 : Math.sqrt(this.squares / this.importance);
  }

  sums(): Sum[] {
    return [
      sumOf(this, "importance", "sum of importance", fromZero),
      sumOf(this, "squares", "sum of squares", fromZero),
    ];
  }
}
