import { describe, expect, test } from "vitest";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import type { Learner } from "../shared/online/learner.ts";
import { FixtureRandom } from "./random.ts";

/** What every learner must do, whatever its method: run this in its test. */

type Example = { x: FeatureBuffer; label: number };

/**
 * @param make gives a new learner with a table of 2^10 weights.
 * @param labels the two labels that the learner is tried with, the lower first.
 * @param invariant whether an importance of h is to be as h examples. Without it the gradient is only taken h times.
 * @param prompt whether the weights know of the newest example already.
 */
export function describeLearner(
  name: string,
  make: () => Learner,
  labels: readonly [number, number],
  { invariant = true, prompt = true } = {},
): void {
  const [low, high] = labels;
  const trained = (): Learner => {
    const learner = make();
    for (const { x, label } of examples(30, low, high)) learner.learn(x, label, 1);
    return learner;
  };

  describe(`${name}, as every learner,`, () => {
    test.runIf(prompt)("moves its prediction towards the label", () => {
      for (const label of labels) {
        const learner = make();
        const x = features([3, 1], [700, 2], [9, -0.5]);
        // The other label first, so that there is a way to go.
        learner.learn(x, label === low ? high : low, 1);
        const before = learner.predict(x);
        learner.learn(x, label, 1);
        expect(Math.sign(learner.predict(x) - before)).toBe(label === low ? -1 : 1);
      }
    });

    test("tells the two labels apart after a while, and says so by its loss", () => {
      const learner = make();
      const losses = examples(2000, low, high).map(({ x, label }) => learner.learn(x, label, 1));
      const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
      expect(mean(losses.slice(-200))).toBeLessThan(0.3 * mean(losses.slice(0, 20)));
      const wrong = features([1, 1], [2, 1]);
      const right = features([1, 1], [3, 1]);
      expect(learner.predict(right)).toBeGreaterThan(learner.predict(wrong));
    });

    test("predicts its score, within the range of the labels; and remembers what it predicted before it learned", () => {
      const learner = trained();
      for (const x of [features([1, 1], [2, 1]), features([1, 1], [3, 1]), features([3, 50])])
        for (const base of [0, 0.25, -100, 100]) {
          const predicted = learner.predict(x, base);
          const score = learner.score(x) + base;
          const most = learner.predict(x, 1e6);
          const least = learner.predict(x, -1e6);
          // Not bit for bit: Vowpal Wabbit lets l2 shrink the base, too.
          expect(predicted).toBeCloseTo(Math.min(Math.max(score, least), most), 2);
          learner.learn(x, high, 1, base);
          // One whose weights lag learns from a better prediction than it gives.
          if (prompt) expect(learner.prediction).toBeCloseTo(predicted, 5);
        }
    });

    test("learns what is missing to a base", () => {
      const learner = make();
      const [left, right] = [features([1, 1], [2, 1]), features([1, 1], [3, 1])];
      // The bases say the contrary of the labels.
      for (let n = 0; n < 300; n++) {
        learner.learn(left, low, 1, 2);
        learner.learn(right, high, 1, -2);
      }
      const middle = (low + high) / 2;
      const side = (score: number) => score > (low === 0 ? 0 : middle);
      expect([side(learner.score(left) + 2), side(learner.score(right) - 2)]).toEqual([false, true]);
    });

    test("counts its examples", () => {
      const learner = make();
      expect(learner.examples).toBe(0);
      learner.learn(features([1, 1]), high, 1);
      learner.learn(features([1, 1]), high, 5);
      expect(learner.examples).toBe(2);
    });

    test("learns nothing from an example of importance 0", () => {
      const learner = trained();
      const before = learner.weights.slice();
      learner.learn(features([1, 1], [2, 1]), high, 0);
      expect(learner.weights).toEqual(before);
    });

    test.runIf(invariant)("learns from importance 2 about as much as from two examples", () => {
      for (const label of labels) {
        const once = trained();
        const twice = trained();
        const x = features([1, 1], [label === low ? 3 : 2, 1]);
        const start = once.predict(x);
        once.learn(x, label, 2);
        twice.learn(x, label, 1);
        const half = twice.predict(x) - start;
        twice.learn(x, label, 1);
        const whole = twice.predict(x) - start;
        const moved = once.predict(x) - start;
        expect(Math.abs(moved)).toBeGreaterThan(Math.abs(half));
        expect(Math.abs(moved / whole - 1)).toBeLessThan(0.25);
      }
    });

    test.runIf(invariant)("does better on an example that it has learned, however important that was", () => {
      for (const importance of [10, 1e4, 1e9, 1e300]) {
        const learner = trained();
        const x = features([1, 1], [2, 1]);
        const before = learner.learn(x, high, importance);
        // Importance 0 only asks for the loss.
        expect(learner.learn(x, high, 0)).toBeLessThan(before);
      }
    });

    test("refuses importances that are none, and is then as before", () => {
      const learner = trained();
      const before = learner.state();
      for (const importance of [-1, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => learner.learn(features([1, 1]), high, importance)).toThrow(
          /^importance .* is not a number from 0$/,
        );
      expect(() => learner.learn(features([1, 1]), Number.NaN, 1)).toThrow(/^label NaN is /);
      expect(learner.state()).toEqual(before);
    });

    test("stays finite on extreme features", () => {
      const extremes = [3e38, -3e38, 1e115, 1e30, 1, 1e-30, 5e-324, -1e-300];
      const learner = make();
      for (let round = 0; round < 3; round++)
        for (const [i, value] of extremes.entries())
          for (const label of labels)
            for (const importance of [1e-300, 1, 1e300]) {
              const x = features([0, 1], [i + 1, value], [20, value], [20, 1]);
              expect(learner.learn(x, label, importance)).toBeGreaterThanOrEqual(0);
              expect(Number.isFinite(learner.predict(x))).toBe(true);
            }
      expect(learner.weights.every(Number.isFinite)).toBe(true);
      const again = make();
      again.read(learner.state())();
      expect(again.weights).toEqual(learner.weights);
    });

    test("takes an example without features", () => {
      const learner = make();
      learner.learn(features(), high, 1);
      learner.learn(features([1, 1]), high, 1);
      expect(learner.weights.every(Number.isFinite)).toBe(true);
    });

    test("comes back from its state bit for bit, and continues alike", () => {
      const list = examples(400, low, high);
      const learner = make();
      for (const { x, label } of list.slice(0, 200)) learner.learn(x, label, 1.5);
      const other = make();
      // What it knew before must not shine through.
      other.learn(features([999, 5]), high, 3);
      other.read(learner.state())();
      expect(other.weights).toEqual(learner.weights);
      expect(other.examples).toBe(learner.examples);
      expect(other.state()).toEqual(learner.state());
      for (const { x, label } of list.slice(200)) expect(other.learn(x, label, 1)).toBe(learner.learn(x, label, 1));
      expect(other.state()).toEqual(learner.state());
    });

    test("comes back from the state of a beginner", () => {
      const learner = trained();
      learner.read(make().state())();
      expect(learner.state()).toEqual(make().state());
    });

    test("refuses states that are cut, garbled or not its own, and is then as before", () => {
      const state = trained().state();
      const learner = make();
      learner.learn(features([5, 1]), high, 1);
      const before = learner.state();
      for (let length = 0; length < state.length; length += 1 + Math.floor(state.length / 97)) {
        expect(() => learner.read(state.subarray(0, length))()).toThrow(/^not a valid .*state: /);
        expect(learner.state()).toEqual(before);
      }
      expect(() => learner.read(Uint8Array.from([...state, 0]))()).toThrow(/^not a valid .*state: /);
      const random = new FixtureRandom(7);
      for (let i = 0; i < 500; i++) {
        const garbled = state.slice();
        garbled[random.whole(garbled.length)] = random.whole(256);
        try {
          learner.read(garbled)();
          // Another valid state, such as one with another weight.
          expect(learner.weights.every(Number.isFinite)).toBe(true);
          learner.read(before)();
        } catch (error) {
          expect((error as Error).message).toMatch(/^not a valid .*state: /);
          expect(learner.state()).toEqual(before);
        }
      }
    });
  });
}

/** Features as [index, value]. */
export function features(...list: (readonly [number, number])[]): FeatureBuffer {
  const x = new FeatureBuffer();
  for (const [index, value] of list) x.push(index, value);
  return x;
}

/** Index 2 goes with the lower label and index 3 with the higher, among features that mean nothing. */
function examples(count: number, low: number, high: number): Example[] {
  const random = new FixtureRandom(1);
  return Array.from({ length: count }, () => {
    const up = random.next() < 0.5;
    const x = features([1, 1], [up ? 3 : 2, 1], [10 + random.whole(500), random.next()], [600, random.next() - 0.5]);
    return { x, label: up ? high : low };
  });
}
