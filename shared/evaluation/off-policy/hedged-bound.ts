import { exp } from "../../math/exp.ts";
import { log } from "../../math/log.ts";
import { BettingLowerBound, leastNotRuledOut, type Wager } from "./betting-bound.ts";

const HALF = log(0.5);

/**
 * A lower confidence sequence as that of BettingLowerBound, for values of which somebody has promised a bound. Half of the capital is bet by who relies on that, and half by who
 * takes it that values may have any size: a promise of much says little, and who reckons with large losses dares less than who is content never to win much. Both bets are fair, so their sum is, and
 * the bound is hardly worse than the better of both (ln 2 of evidence).
 */
export class HedgedLowerBound {
  readonly #relying: BettingLowerBound;
  #free: BettingLowerBound | null = null;
  readonly #make: () => BettingLowerBound;

  /** @param alpha, horizon as of BettingLowerBound. @throws RangeError as there. */
  constructor(alpha: number, horizon: number) {
    this.#make = () => new BettingLowerBound(alpha, horizon);
    this.#relying = this.#make();
  }

  /** @param free the same without the promise; left out where there is none, of all values or of none. */
  update(wager: Wager, free?: Wager): void {
    if (free && this.#relying.count === 0) this.#free = this.#make();
    this.#relying.update(wager);
    this.#free?.update(free ?? wager);
  }

  /** In [0, 1]: 0 while nothing is ruled out. */
  get bound(): number {
    const [relying, free] = [this.#relying, this.#free];
    if (!free) return relying.bound;
    return leastNotRuledOut((mean) => HALF + logOfSum(relying.evidence(mean), free.evidence(mean)));
  }

  /** The first sample size at which the bound was above `mean`; null if it never was. */
  firstAbove(mean: number): number | null {
    if (!this.#free) return this.#relying.firstAbove(mean);
    const others = this.#free.capitals(mean);
    let i = 0;
    for (const capital of this.#relying.capitals(mean)) {
      i++;
      if ((capital + others.next().value!) / 2 >= 1) return i;
    }
    return null;
  }
}

function logOfSum(a: number, b: number): number {
  const most = Math.max(a, b);
  return most + log(exp(a - most) + exp(b - most));
}
