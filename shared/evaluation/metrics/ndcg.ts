import { log2 } from "../../math/log2.ts";
import { checkCutoff, checkRelevances, type RankingMetric } from "./metric.ts";
import { WeightedMean } from "./weighted-mean.ts";

/**
 * Normalised discounted cumulative gain of the first k (Jarvelin & Kekalainen 2002): gain is the relevance itself,
 * discount 1 / log2(rank + 1), divided by that of the best order. Lists with nothing relevant do not count.
 */
export class Ndcg implements RankingMetric {
  readonly #k: number;
  readonly #mean = new WeightedMean();

  /** @throws RangeError unless `k` is a whole number above 0. */
  constructor(k: number) {
    checkCutoff(k);
    this.#k = k;
  }

  update(relevances: ArrayLike<number>): void {
    checkRelevances(relevances);
    const ideal = this.#gain(Float64Array.from(relevances).sort().reverse());
    if (ideal > 0) this.#mean.add(this.#gain(relevances) / ideal, 1);
  }

  get value(): number | null {
    return this.#mean.value;
  }

  #gain(relevances: ArrayLike<number>): number {
    let sum = 0;
    for (let i = 0; i < Math.min(this.#k, relevances.length); i++) sum += relevances[i]! / log2(i + 2);
    return sum;
  }
}
