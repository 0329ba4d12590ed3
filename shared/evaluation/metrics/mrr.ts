import { checkCutoff, checkRelevances, type RankingMetric } from "./metric.ts";
import { WeightedMean } from "./weighted-mean.ts";

/**
 * Mean reciprocal rank (Voorhees, TREC-8 1999): 1 / the rank of the first relevant item, 0 when none is among the first k.
 * Every list counts.
 */
export class Mrr implements RankingMetric {
  readonly #k: number;
  readonly #mean = new WeightedMean();

  /** @throws RangeError unless `k` is a whole number above 0. */
  constructor(k: number) {
    checkCutoff(k);
    this.#k = k;
  }

  update(relevances: ArrayLike<number>): void {
    checkRelevances(relevances);
    const end = Math.min(this.#k, relevances.length);
    let first = 0;
    while (first < end && relevances[first] === 0) first++;
    this.#mean.add(first < end ? 1 / (first + 1) : 0, 1);
  }

  get value(): number | null {
    return this.#mean.value;
  }
}
