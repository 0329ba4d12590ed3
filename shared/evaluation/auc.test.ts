import fc from "fast-check";
import { expect, test } from "vitest";
import { auc } from "./auc.ts";

/** Few distinct scores, so that ties are common. */
const examples = fc.array(fc.record({ score: fc.integer({ min: -4, max: 4 }), label: fc.constantFrom(0, 1) }), {
  maxLength: 60,
});
const scores = (list: { score: number }[]) => list.map((e) => e.score);
const labels = (list: { label: number }[]) => list.map((e) => e.label);

function pairwise(list: { score: number; label: number }[]): number | null {
  let won = 0;
  let pairs = 0;
  for (const p of list)
    for (const n of list)
      if (p.label === 1 && n.label === 0) {
        pairs++;
        won += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
      }
  return pairs === 0 ? null : won / pairs;
}

test("is the chance that a positive scores above a negative, ties counting half", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const expected = pairwise(list);
      const actual = auc(scores(list), labels(list));
      if (expected === null) expect(actual).toBeNull();
      else expect(actual).toBeCloseTo(expected, 12);
    }),
  );
});

test("does not change under an increasing transformation or another order", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const before = auc(scores(list), labels(list));
      const moved = list.map(({ score, label }) => ({ score: score ** 3 * 7 + 1, label })).reverse();
      expect(auc(scores(moved), labels(moved))).toBe(before);
    }),
  );
});

test("is mirrored when the scores are", () => {
  fc.assert(
    fc.property(examples, (list) => {
      const area = auc(scores(list), labels(list));
      const mirrored = auc(
        scores(list).map((s) => -s),
        labels(list),
      );
      if (area === null) expect(mirrored).toBeNull();
      else expect(mirrored).toBeCloseTo(1 - area, 12);
    }),
  );
});

test("known values", () => {
  expect(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  expect(auc([1, 1], [0, 1])).toBe(0.5);
  expect(auc([], [])).toBeNull();
});
