import { describe, expect, test } from "vitest";
import { describeLearner, features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { FactorisedLearner, type FactorisedOptions } from "./factorised.ts";
import { type Loss, logisticLoss, squaredLoss } from "./loss.ts";

const make = (loss: Loss, options: Partial<FactorisedOptions> = {}) =>
  new FactorisedLearner({ bits: 10, loss, ...options });

describeLearner("factorised of rank 1", () => make(logisticLoss, { rank: 1 }), [0, 1]);

/** A shared category and one of the action; whether they go together is a product of their signs. */
function pair(shared: number, own: number) {
  const x = features([0, 1], [100 + shared, 1], [300 + own, 1]);
  x.common = 2;
  x.singles = 3;
  return x;
}
const sign = (k: number) => ((k * 7) % 20 < 10 ? 1 : -1);

describe("factorised", () => {
  for (const loss of [logisticLoss, squaredLoss])
    test(`knows pairs that it has never seen (${loss === logisticLoss ? "logistic" : "squared"})`, () => {
      const learner = make(loss);
      const random = new FixtureRandom(1);
      // Of the 400 pairs a fifth is never shown.
      const hidden = (a: number, b: number) => (a + b) % 5 === 0;
      for (let n = 0; n < 6000; n++) {
        const [a, b] = [random.whole(20), random.whole(20)];
        if (!hidden(a, b)) learner.learn(pair(a, b), sign(a) === sign(b) ? 1 : 0, 1);
      }
      let right = 0;
      let all = 0;
      const middle = loss === logisticLoss ? 0 : 0.5;
      for (let a = 0; a < 20; a++)
        for (let b = 0; b < 20; b++)
          if (hidden(a, b)) {
            all++;
            if (learner.predict(pair(a, b)) > middle === (sign(a) === sign(b))) right++;
          }
      expect(all).toBe(80);
      expect(right / all).toBeGreaterThan(0.95);
    });

  test("joins all pairs when nobody says what is shared", () => {
    const learner = make(logisticLoss);
    const random = new FixtureRandom(4);
    const both = (a: number, b: number) => features([0, 1], [100 + a, 1], [300 + b, 1]);
    for (let n = 0; n < 6000; n++) {
      const [a, b] = [random.whole(20), random.whole(20)];
      learner.learn(both(a, b), sign(a) === sign(b) ? 1 : 0, 1);
    }
    for (let k = 0; k < 20; k++) expect(learner.predict(both(k, k))).toBeGreaterThan(0);
  });

  test("scores beyond the labels' range, predicts within, from a base, and remembers what it predicted", () => {
    const learner = make(squaredLoss);
    for (let n = 0; n < 300; n++) {
      learner.learn(features([1, 1]), 3, 1, 2);
      learner.learn(features([2, 1]), 3, 1, 2);
    }
    expect(learner.score(features([1, 1]))).toBeCloseTo(1, 1);
    expect(learner.predict(features([1, 1]), 2)).toBeCloseTo(3, 1);
    const both = features([1, 1], [2, 1]);
    expect(learner.score(both)).toBeGreaterThan(1.5);
    expect(learner.predict(both, 2)).toBe(3);
    learner.learn(both, 2, 1, 2);
    expect(learner.prediction).toBe(3);
  });

  test("begins where its seed says", () => {
    const trained = (seed: number) => {
      const learner = make(logisticLoss, { seed });
      for (let n = 0; n < 50; n++) learner.learn(pair(n % 7, n % 3), n % 2, 1);
      return learner;
    };
    expect(trained(1).state()).toEqual(trained(1).state());
    expect(trained(1).state()).not.toEqual(trained(2).state());
  });

  test("refuses the state of another rank, and a rank that is none", () => {
    expect(() => make(logisticLoss).read(make(logisticLoss, { rank: 8 }).state())()).toThrow(
      "its rank is 8, this learner's 16",
    );
    expect(() => make(logisticLoss, { rank: 0 })).toThrow("rank 0 is not one from 1 to 64");
  });
});
