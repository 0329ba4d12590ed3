import { expect, test } from "vitest";
import { features } from "../../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../../conformance/random.ts";
import { ByteReader } from "../../artifact/byte-reader.ts";
import { ByteWriter } from "../../artifact/byte-writer.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { BlockRidge } from "./block-ridge.ts";
import { PriorVariance } from "./prior-variance.ts";

const SIZE = 2 ** 12;
const VARIANCE = 0.003;

/** The constant, and joined features of these indices, each with a value. */
function joined(...entries: [index: number, value: number][]): FeatureBuffer {
  const x = features([0, 1], ...entries);
  x.singles = x.plain = x.common = 1;
  x.straight = x.length;
  return x;
}

const newRidge = (size = SIZE) => new BlockRidge(size, new PriorVariance(VARIANCE / 3));

/** Learns as a learner does whose scales are known. */
function learn(ridge: BlockRidge, x: FeatureBuffer, label: number, weights = new Map<number, number>()): void {
  const error = label - ridge.score(x);
  ridge.learn(
    x,
    error,
    1,
    () => 1,
    (index) => weights.set(index, ridge.weight(index)),
  );
}

/** Solves A w = b by elimination; A is symmetric and positive. */
function solve(A: number[][], b: number[]): number[] {
  const n = b.length;
  for (let i = 0; i < n; i++)
    for (let k = i + 1; k < n; k++) {
      const factor = A[k]![i]! / A[i]![i]!;
      for (let j = i; j < n; j++) A[k]![j]! -= factor * A[i]![j]!;
      b[k]! -= factor * b[i]!;
    }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) b[i]! -= A[i]![j]! * b[j]!;
    b[i]! /= A[i]![i]!;
  }
  return b;
}

const state = (ridge: BlockRidge): Uint8Array => {
  const writer = new ByteWriter();
  ridge.write(writer);
  return writer.finish();
};

const WIDTH = 21;

/** Examples of so many features that come together, the first of them the constant. */
function* together(seed: number, examples: number): Generator<{ row: number[]; label: number }> {
  const random = new FixtureRandom(seed);
  for (let n = 0; n < examples; n++) {
    const row = Array.from({ length: WIDTH }, (_, i) => (i === 0 ? 1 : 2 * random.next() - 1));
    yield { row, label: row[3]! - 2 * row[7]! + random.next() };
  }
}

const joinedRow = (row: number[]) => joined(...row.slice(1).map((value, i): [number, number] => [i + 1, value]));

/** The weights of a ridge regression of examples at once. */
function atOnce(examples: Iterable<{ row: number[]; label: number }>, variance: number): number[] {
  const A = Array.from({ length: WIDTH }, (_, i) =>
    Array.from({ length: WIDTH }, (_, j) => (i === j ? (i === 0 ? 1e-4 : 1 / variance) : 0)),
  );
  const b = new Array<number>(WIDTH).fill(0);
  for (const { row, label } of examples)
    for (let i = 0; i < WIDTH; i++) {
      b[i]! += row[i]! * label;
      for (let j = 0; j < WIDTH; j++) A[i]![j]! += row[i]! * row[j]!;
    }
  return solve(A, b);
}

const weightsOf = (ridge: BlockRidge): number[] => Array.from({ length: WIDTH }, (_, i) => ridge.weight(i));

test("of features that come together it is ridge regression", () => {
  const ridge = newRidge();
  const weights = new Map<number, number>();
  for (const { row, label } of together(5, 300)) learn(ridge, joinedRow(row), label, weights);
  ridge.tell((index) => weights.set(index, ridge.weight(index)));
  for (const [i, weight] of atOnce(together(5, 300), VARIANCE).entries()) expect(weights.get(i)).toBeCloseTo(weight, 9);
});

test.each([0.001, 0.02, 1])("is as if the prior had always been what it is told to be, %s", (noise) => {
  const prior = new PriorVariance(VARIANCE / 3);
  const ridge = new BlockRidge(SIZE, prior);
  const weights = new Map<number, number>();
  const values = new Set<number>();
  for (const { row, label } of together(9, 600)) {
    learn(ridge, joinedRow(row), label, weights);
    ridge.learnPrior(noise, (index) => weights.set(index, ridge.weight(index)));
    values.add(prior.value);
  }
  expect(values.size).toBeGreaterThan(2);
  ridge.tell((index) => weights.set(index, ridge.weight(index)));
  const expected = atOnce(together(9, 600), 3 * prior.value);
  for (const [i, weight] of expected.entries()) {
    expect(weightsOf(ridge)[i]).toBeCloseTo(weight, 8);
    expect(weights.get(i)).toBe(ridge.weight(i));
  }
});

test.each([1, 30, 300])(
  "rewards that lie far from 0 are the constant's, and a new action is worth as much as others, %s deviations",
  (offset) => {
    const random = new FixtureRandom(11);
    const ridge = newRidge();
    const action = (id: number) => joined([1 + id, 1], [500 + id, 2 * random.next() - 1], [900, 2 * random.next() - 1]);
    for (let n = 0; n < 5000; n++) {
      learn(ridge, action(random.whole(5)), offset + 3.46 * (random.next() - 0.5));
      ridge.learnPrior(1, () => {});
    }
    expect(Math.abs(ridge.score(action(7)) - offset)).toBeLessThan(1);
    expect(Math.abs(ridge.score(action(3)) - offset)).toBeLessThan(1);
  },
);

test("features that never come together know nothing of each other", () => {
  const both = newRidge();
  const alone = newRidge();
  const random = new FixtureRandom(6);
  // The constant is of one block only, so it says the same of both from the first example on.
  const without = (x: FeatureBuffer) => {
    x.singles = x.plain = x.common = 0;
    return x;
  };
  for (let n = 0; n < 100; n++) {
    const x = (at: number) => without(features([at, random.next()], [at + 1, random.next()]));
    const [one, other] = [x(10), x(20)];
    learn(both, one, 1);
    learn(both, other, -3);
    learn(alone, one, 1);
    expect(both.score(one)).toBe(alone.score(one));
  }
});

test("has a bounded state however many features there are, and knows the newest", () => {
  const random = new FixtureRandom(7);
  const ridge = newRidge(2 ** 16);
  const weights = new Map<number, number>();
  const item = (n: number) => joined(...Array.from({ length: 6 }, (_, i): [number, number] => [1 + 6 * n + i, 1]));
  for (let n = 0; n < 3000; n++) {
    for (let times = 0; times < 3; times++) learn(ridge, item(n), random.whole(2), weights);
    if (n % 250 === 0) expect(state(ridge).length).toBeLessThan(2 ** 15 * 8);
  }
  expect(ridge.score(item(2999))).not.toBe(ridge.score(item(0)));
  // What was forgotten was told of, so that nothing of it is served any more.
  expect(weights.get(7)).toBe(0);
  expect(ridge.score(item(1))).toBe(ridge.score(joined()));
});

test("a state continues bit for bit, and one that is none changes nothing", () => {
  const random = new FixtureRandom(8);
  const next = () =>
    joined(...Array.from({ length: 5 }, (): [number, number] => [1 + random.whole(300), 2 * random.next() - 1]));
  const ridge = newRidge();
  const teach = (to: BlockRidge, x: FeatureBuffer, label: number) => {
    learn(to, x, label);
    to.learnPrior(0.1, () => {});
  };
  for (let n = 0; n < 400; n++) teach(ridge, next(), random.next());
  const bytes = state(ridge);
  const other = newRidge();
  other.read(new ByteReader(bytes, "state"))();
  for (let n = 0; n < 400; n++) {
    const x = next();
    const label = random.next();
    expect(other.score(x)).toBe(ridge.score(x));
    teach(ridge, x, label);
    teach(other, x, label);
  }
  const before = state(other);
  expect(before).toEqual(state(ridge));
  for (let length = 0; length < bytes.length; length += 997)
    expect(() => other.read(new ByteReader(bytes.slice(0, length), "state"))).toThrow();
  expect(state(other)).toEqual(before);
});

test("a value that is absurdly larger than any before does not carry what was learned over", () => {
  const ridge = newRidge();
  const scales = new Map([
    [0, 1],
    [1, 1],
  ]);
  const x = (value: number) => joined([1, value]);
  const teach = (value: number, label: number) => {
    const example = x(value);
    const error = label - ridge.score(example);
    scales.set(1, Math.min(scales.get(1)!, 1 / Math.abs(value)));
    ridge.learn(
      example,
      error,
      1,
      (index) => scales.get(index)!,
      () => {},
    );
  };
  for (let n = 0; n < 200; n++) teach(n % 2 === 0 ? 1 : -1, n % 2);
  const known = ridge.score(x(1)) - ridge.score(x(-1));
  expect(known).toBeLessThan(-0.3);
  teach(1.5, 0);
  expect((ridge.score(x(1)) - ridge.score(x(-1))) / known).toBeCloseTo(1, 1);
  teach(1e9, 0);
  expect(Math.abs(ridge.score(x(1)) - ridge.score(x(-1)))).toBeLessThan(1e-6);
});
