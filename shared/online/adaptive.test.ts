import { describe, expect, test } from "vitest";
import { features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../heads/dot.ts";
import { AdaptiveLearner } from "./adaptive.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

const make = (loss: typeof squaredLoss, learningRate = 0.5) => new AdaptiveLearner({ bits: 10, learningRate, loss });

/** Vowpal Wabbit's update written down once more, plainly: dictionaries, 64 bits, Lambert's W by bisection. */
class Reference {
  readonly w = new Map<number, number>();
  readonly g = new Map<number, number>();
  readonly s = new Map<number, number>();
  n = 0;
  t = 0;
  readonly logistic: boolean;

  constructor(logistic: boolean) {
    this.logistic = logistic;
  }

  learn(x: [number, number][], y: number, h: number, low: number, high: number): void {
    const z = x.reduce((sum, [i, v]) => sum + (this.w.get(i) ?? 0) * v, 0);
    const p = Math.min(Math.max(z, low), high);
    const slope = this.logistic ? -y / (1 + Math.exp(y * p)) : 2 * (p - y);
    if (slope === 0 || (this.logistic && Math.fround(1 + Math.fround(Math.exp(-y * p))) === 1)) return;
    let length = 0;
    for (const [i, v] of x) {
      this.g.set(i, (this.g.get(i) ?? 0) + h * slope ** 2 * v ** 2);
      const s = this.s.get(i) ?? 0;
      if (Math.abs(v) > s) {
        if (s > 0) this.w.set(i, ((this.w.get(i) ?? 0) * s) / Math.abs(v));
        this.s.set(i, Math.abs(v));
      }
      length += (v / this.s.get(i)!) ** 2;
    }
    this.n += h * length;
    this.t += h;
    const rate = (i: number) => Math.sqrt(this.t / this.n) / (Math.sqrt(this.g.get(i)!) * this.s.get(i)!);
    const r = x.reduce((sum, [i, v]) => sum + v ** 2 * rate(i), 0);
    const step = 0.5 * h;
    const u = this.logistic ? this.logisticUpdate(p, y, step, r) : ((y - p) * (1 - Math.exp(-2 * step * r))) / r;
    for (const [i, v] of x) this.w.set(i, (this.w.get(i) ?? 0) + u * rate(i) * v);
  }

  private logisticUpdate(p: number, y: number, step: number, r: number): number {
    const a = step * r + y * p + Math.exp(y * p);
    let [low, high] = [1e-300, Math.max(a, 1) + 1];
    for (let i = 0; i < 2000; i++) {
      const w = (low + high) / 2;
      if (w + Math.log(w) > a) high = w;
      else low = w;
    }
    return -(y * (low - a) + p) / r;
  }
}

describe("adaptive", () => {
  test.each([
    ["logistic", true],
    ["squared", false],
  ] as const)("agrees with a plain reference of VW's update, %s loss", (_, logistic) => {
    const random = new FixtureRandom(3);
    const learner = make(logistic ? logisticLoss : squaredLoss);
    const reference = new Reference(logistic);
    let [low, high] = logistic ? [-50, 50] : [0, 0];
    for (let n = 0; n < 500; n++) {
      // Different indices, with scales that grow now and then.
      const x = Array.from({ length: 1 + random.whole(12) }, (_, i): [number, number] => [
        50 * i + random.whole(50),
        (random.next() - 0.4) * (random.next() < 0.05 ? 40 : 1),
      ]);
      const h = random.next() < 0.3 ? 0.1 + 5 * random.next() : 1;
      const label = logistic ? random.whole(2) : Math.round(20 * random.next() - 8);
      const y = logistic ? 2 * label - 1 : label;
      low = Math.min(low, y);
      high = Math.max(high, y);
      learner.learn(features(...x), label, h);
      reference.learn(x, y, h, low, high);
    }
    for (const [i, w] of reference.w)
      expect(Math.abs(learner.weights[i]! - w)).toBeLessThan(1e-4 * Math.max(1e-2, Math.abs(w)));
  });

  test("reports the loss of the prediction before learning", () => {
    const squared = make(squaredLoss);
    const x = features([1, 1]);
    expect(squared.learn(x, 3, 1)).toBe(9);
    const p = squared.predict(x);
    expect(squared.learn(x, 1, 1)).toBe((p - 1) ** 2);
    const logistic = make(logisticLoss);
    expect(logistic.learn(x, 1, 1)).toBeCloseTo(Math.LN2, 15);
    expect(logistic.learn(x, 0, 1)).toBeCloseTo(Math.log1p(Math.exp(logistic.predict(x))), 0);
  });

  test("predicts bit for bit what the head scores, within the range of the labels", () => {
    const learner = make(squaredLoss);
    const x = features([1, 0.1], [2, 0.7], [3, -0.3]);
    for (const label of [1, 0.3, 0.8, 0.2]) learner.learn(x, label, 1);
    expect(learner.predict(x)).toBe(dot(learner.weights, x));
    const tenfold = features([1, 10], [2, 70]);
    expect(dot(learner.weights, tenfold)).toBeGreaterThan(1);
    expect(learner.predict(tenfold)).toBe(1);
  });

  test("learns nothing where the loss is 0 in 32 bits", () => {
    const learner = make(logisticLoss);
    for (let n = 0; n < 100; n++) learner.learn(features([1, 1]), 1, 1);
    // 1 + e^-16.63 is the first that rounds to 1.
    const x = features([1, 17 / learner.weights[1]!]);
    expect(learner.predict(x)).toBeCloseTo(17, 5);
    const before = learner.weights.slice();
    learner.learn(x, 1, 1000);
    expect(learner.weights).toEqual(before);
    learner.learn(x, 0, 1);
    expect(learner.weights).not.toEqual(before);
  });

  test("keeps predictions when the scale of a feature grows", () => {
    const learner = make(squaredLoss);
    learner.learn(features([1, 1]), 4, 1);
    const before = learner.weights[1]!;
    // Importance so small that only the rescaling shows.
    learner.learn(features([1, 8]), 4, 1e-12);
    expect(learner.weights[1]! * 8).toBeCloseTo(before, 3);
  });

  test("refuses labels that the loss does not have", () => {
    expect(() => make(logisticLoss).learn(features([1, 1]), 0.5, 1)).toThrow("label 0.5 is neither 0 nor 1");
    expect(() => make(squaredLoss).learn(features([1, 1]), 1e16, 1)).toThrow("label 10000000000000000 is not a number");
  });

  test("refuses the state of a learner with another table", () => {
    const other = new AdaptiveLearner({ bits: 11, learningRate: 0.5, loss: squaredLoss });
    expect(() => make(squaredLoss).read(other.state())()).toThrow("its table has 2048 weights, this learner's 1024");
  });

  test("keeps only what it has touched in its state", () => {
    const learner = new AdaptiveLearner({ bits: 18, learningRate: 0.5, loss: squaredLoss });
    const x: FeatureBuffer = features([5, 1], [200_000, 1]);
    learner.learn(x, 1, 1);
    expect(learner.state().length).toBeLessThan(100);
  });
});
