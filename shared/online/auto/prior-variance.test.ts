import { expect, test } from "vitest";
import { features } from "../../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../../conformance/random.ts";
import { ByteReader } from "../../artifact/byte-reader.ts";
import { ByteWriter } from "../../artifact/byte-writer.ts";
import { BlockRidge } from "./block-ridge.ts";
import { PriorVariance } from "./prior-variance.ts";

const SIZE = 2 ** 10;
const NOISE = 0.3;
const FEATURES = 40;

/** What is taken for the variance of weights that have this one, times the noise's, after so many examples. */
function learned(variance: number, examples: number, seed: number): number {
  const random = new FixtureRandom(seed);
  const normal = () => Array.from({ length: 12 }, () => random.next()).reduce((sum, u) => sum + u, -6);
  const weights = Array.from({ length: FEATURES }, () => Math.sqrt(variance) * NOISE * normal());
  const prior = new PriorVariance(0.01 / 3);
  const ridge = new BlockRidge(SIZE, prior);
  for (let n = 0; n < examples; n++) {
    const values = weights.map(() => 2 * random.next() - 1);
    const x = features([0, 1], ...values.map((value, i): [number, number] => [i + 1, value]));
    x.singles = x.plain = x.common = 1;
    x.straight = x.length;
    const label = weights.reduce((sum, w, i) => sum + w * values[i]!, NOISE * normal());
    ridge.learn(
      x,
      label - ridge.score(x),
      1,
      () => 1,
      () => {},
    );
    ridge.learnPrior(NOISE * NOISE, () => {});
  }
  return prior.value;
}

test.each([
  [0.001, 30_000],
  [0.01, 3000],
  [0.1, 1000],
  [1, 1000],
  [10, 1000],
])("weights tell their variance, %s, when they are known", (variance, examples) => {
  const ratios = [1, 2, 3, 4, 5].map((seed) => Math.log(learned(variance, examples, seed) / variance));
  // 40 weights have a mean square that is off by a fifth, changes of less than a quarter are none, and what it begins with counts as 4 weights.
  expect(Math.abs(ratios.reduce((a, b) => a + b) / ratios.length)).toBeLessThan(Math.log(1.5));
  for (const ratio of ratios) expect(Math.abs(ratio)).toBeLessThan(Math.log(2.5));
});

test("weights that tell nothing have little", () => {
  expect(learned(0, 30_000, 6)).toBeLessThan(0.001);
});

test("few examples change it little, and it moves by no more than four times at once", () => {
  const prior = new PriorVariance(0.01);
  expect(prior.learn(50, { squares: 0.001, known: 0.1 }, 1)).toBe(false);
  expect(prior.learn(60, { squares: 1000, known: 10 }, 1)).toBe(true);
  expect(prior.value).toBe(0.04);
  for (let n = 0; n < 20; n++) prior.learn(100, { squares: 1000, known: 10 }, 1e-280);
  expect(prior.value).toBe(100);
  for (let n = 0; n < 20; n++) prior.learn(100, { squares: 0, known: 1e6 }, 1);
  expect(prior.value).toBe(1e-4);
});

test("is looked at seldom", () => {
  const prior = new PriorVariance(0.01);
  let looks = 0;
  for (let n = 1; n <= 1_000_000; n++)
    if (prior.isDue(n)) {
      looks++;
      prior.learn(n, { squares: 1, known: 100 }, 1);
    }
  expect(looks).toBeLessThan(60);
});

test("a state that is none is refused, and changes nothing", () => {
  const prior = new PriorVariance(0.01);
  for (const [value, lookAt] of [
    [0, 50],
    [101, 50],
    [1, 0],
    [Number.NaN, 50],
  ] as const) {
    const writer = new ByteWriter();
    writer.float64(value);
    writer.float64(lookAt);
    expect(() => prior.read(new ByteReader(writer.finish(), "state"))).toThrow("state");
  }
  expect(prior.value).toBe(0.01);
});
