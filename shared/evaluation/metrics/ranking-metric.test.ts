import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RankingMetric } from "./metric.ts";
import { Mrr } from "./mrr.ts";
import { Ndcg } from "./ndcg.ts";

const list = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 8 });
const cutoff = fc.integer({ min: 1, max: 10 });
const metrics: Record<string, (k: number) => RankingMetric> = { Ndcg: (k) => new Ndcg(k), Mrr: (k) => new Mrr(k) };

describe.each(Object.entries(metrics))("%s", (_, create) => {
  test("has no value before a list", () => {
    expect(create(3).value).toBeNull();
  });

  test("is the mean over lists", () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 10 }), cutoff, (lists, k) => {
        const all = create(k);
        const values: number[] = [];
        for (const relevances of lists) {
          all.update(relevances);
          const one = create(k);
          one.update(relevances);
          if (one.value !== null) values.push(one.value);
        }
        if (values.length === 0) expect(all.value).toBeNull();
        else expect(all.value).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 12);
      }),
    );
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the relevance %d and is as before", (bad) => {
    const metric = create(3);
    metric.update([0, 1]);
    const before = metric.value;
    expect(() => metric.update([1, bad])).toThrow(RangeError);
    expect(metric.value).toBe(before);
  });

  test.each([0, -1, 2.5, Number.NaN])("%d is not a cutoff", (k) => {
    expect(() => create(k)).toThrow(RangeError);
  });
});

test("Ndcg compares with the best of all orders", () => {
  const permutations = (items: number[]): number[][] =>
    items.length < 2
      ? [items]
      : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }), cutoff, (relevances, k) => {
      const dcg = (ranked: number[]) => ranked.slice(0, k).reduce((sum, r, i) => sum + r / Math.log2(i + 2), 0);
      const best = Math.max(...permutations(relevances).map(dcg));
      const ndcg = new Ndcg(k);
      ndcg.update(relevances);
      if (best === 0) expect(ndcg.value).toBeNull();
      else expect(ndcg.value).toBeCloseTo(dcg(relevances) / best, 12);
    }),
  );
});

test("Mrr is 1 / the rank of the first relevant item, if it is among the first k", () => {
  fc.assert(
    fc.property(list, cutoff, (relevances, k) => {
      const mrr = new Mrr(k);
      mrr.update(relevances);
      const rank = relevances.findIndex((relevance) => relevance > 0) + 1;
      expect(mrr.value).toBe(rank === 0 || rank > k ? 0 : 1 / rank);
    }),
  );
});
