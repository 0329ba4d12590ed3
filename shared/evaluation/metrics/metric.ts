/** A measure of probabilities against labels, in one pass and constant memory. */
export interface Metric {
  /**
   * @param probability of label 1, in [0, 1].
   * @param label 0 or 1.
   * @param importance how many times the example counts, 0 or more; 1 unless said.
   * @throws RangeError when one of them is out of range. It does not count then.
   */
  update(probability: number, label: number, importance?: number): void;
  /** null before the first example. */
  readonly value: number | null;
}

/** A measure of ranked lists, the mean over lists. */
export interface RankingMetric {
  /**
   * @param relevances how relevant each item of the list is, 0 or more, in the order they were ranked, all of the list.
   * @throws RangeError when one is negative or not a number. The list does not count then.
   */
  update(relevances: ArrayLike<number>): void;
  /** null before the first list that counts. */
  readonly value: number | null;
}

/** @throws RangeError saying what is out of range. */
export function checkExample(probability: number, label: number, importance: number): void {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is not a probability`);
  if (label !== 0 && label !== 1) throw new RangeError(`The label ${label} is neither 0 nor 1`);
  if (!(importance >= 0 && importance < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The importance ${importance} is not a finite number of 0 or more`);
  }
}

/** @throws RangeError saying which entry is out of range. */
export function checkRelevances(relevances: ArrayLike<number>): void {
  for (let i = 0; i < relevances.length; i++) {
    if (!(relevances[i]! >= 0 && relevances[i]! < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`The relevance ${relevances[i]} at rank ${i + 1} is not a finite number of 0 or more`);
    }
  }
}

/** @throws RangeError unless `k` is a whole number above 0. */
export function checkCutoff(k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`The cutoff ${k} is not a whole number above 0`);
}
