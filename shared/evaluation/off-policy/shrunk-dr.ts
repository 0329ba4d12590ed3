import { expectedReward, NO_PREDICTIONS } from "./direct-method.ts";
import type { Estimator } from "./estimator.ts";
import type { WeightedChoice } from "./logged-choice.ts";
import type { MeanInterval } from "./mean-interval.ts";
import { type Candidate, slope } from "./slope.ts";

/**
 * What weights may be shrunk by, as lambda: not at all (DR), ever more, and to nothing (the direct method). A weight w is halved where lambda is w^2, so these reach from weights of a
 * hundredth to those of a million.
 */
const SHRINKAGES = [Number.POSITIVE_INFINITY, ...Array.from({ length: 27 }, (_, i) => 4 ** (20 - i)), 0];

/**
 * Doubly robust with optimistic shrinkage (DRos; Su, Dimakopoulou, Krishnamurthy & Dudik, ICML 2020): DR, with every weight w shrunk to lambda w / (w^2 + lambda), the weight that makes the bound of its mean squared
 * error least where the model is as good as it was learned to be. Lambda is chosen by SLOPE (slope.ts), so that there is nothing to set: as much shrinkage as the log does not contradict.
 * What is shrunk away is left to the model, and no interval could be for that: its interval is that of the estimator it is given, which is one for the policy's value.
 */
export class ShrunkDr implements Estimator {
  readonly #lender: Estimator;
  readonly #sums = SHRINKAGES.map(() => new Sum());
  #complete = true;

  /** @param lender of the interval; it is given the same choices. */
  constructor(lender: Estimator) {
    this.#lender = lender;
  }

  update({ reward, weight, actions, importance }: WeightedChoice): void {
    if (actions === null || actions.predictions === null) {
      this.#complete = false;
      return;
    }
    const expected = expectedReward(actions.targets, actions.predictions);
    const correction = weight * (reward - actions.predictions[actions.chosen]!);
    for (let i = 0; i < SHRINKAGES.length; i++)
      this.#sums[i]!.add(expected + shrunk(weight, SHRINKAGES[i]!) * correction, importance);
  }

  /** null, too, when a decision came without predictions. */
  get value(): number | null {
    return this.#chosen?.value ?? null;
  }

  /** The lambda that was chosen: infinite for DR, 0 for the direct method; null where there is no value. */
  get shrinkage(): number | null {
    return this.#chosen?.lambda ?? null;
  }

  get missing(): string | null {
    return this.#complete ? this.#lender.missing : NO_PREDICTIONS;
  }

  get interval(): MeanInterval | null {
    return this.#complete ? this.#lender.interval : null;
  }

  get #chosen(): (Candidate & { lambda: number }) | null {
    if (!this.#complete || this.#sums[0]!.isEmpty) return null;
    const candidates = this.#sums.map((sum, i) => ({ ...sum.mean, lambda: SHRINKAGES[i]! }));
    return candidates[slope(candidates)]!;
  }
}

/** What is left of a weight, as a share of it. */
function shrunk(weight: number, lambda: number): number {
  if (lambda === Number.POSITIVE_INFINITY || weight === 0) return 1;
  // w^2 may be beyond the range of numbers.
  return 1 / (1 + (weight / lambda) * weight);
}

/** A mean with its standard error, of values that count differently. */
class Sum {
  #counted = 0;
  #sum = 0;
  // Of what each stands for, squared, with the value and its square.
  #squares = 0;
  #squaresOfValues = 0;
  #squaresOfSquares = 0;

  add(value: number, importance: number): void {
    const square = importance * importance;
    this.#counted += importance;
    this.#sum += importance * value;
    this.#squares += square;
    this.#squaresOfValues += square * value;
    this.#squaresOfSquares += square * value * value;
  }

  get isEmpty(): boolean {
    return this.#counted === 0;
  }

  get mean(): Candidate {
    const value = this.#sum / this.#counted;
    const squares = this.#squaresOfSquares - 2 * value * this.#squaresOfValues + value * value * this.#squares;
    return { value, deviation: Math.sqrt(Math.max(0, squares)) / this.#counted };
  }
}
