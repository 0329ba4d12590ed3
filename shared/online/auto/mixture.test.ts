import { describe, expect, test } from "vitest";
import { FixtureRandom } from "../../../conformance/random.ts";
import { ByteReader } from "../../artifact/byte-reader.ts";
import { ByteWriter } from "../../artifact/byte-writer.ts";
import { Mixture } from "./mixture.ts";

/** Labels, and the scores of a candidate that knows of them, of one that is too bold, and of one that knows nothing. */
function examples(count: number) {
  const random = new FixtureRandom(3);
  return Array.from({ length: count }, () => {
    const y = random.next() < 0.5 ? 1 : -1;
    const right = random.next() < 0.8 ? y : -y;
    return { y, scores: Float64Array.of(1.4 * right, 6 * right, random.next() - 0.5) };
  });
}

const trained = (log: boolean, count: number): Mixture => {
  const mixture = new Mixture(3, log);
  for (const { y, scores } of examples(count)) mixture.learn(scores, 0, y);
  return mixture;
};

describe("mixture", () => {
  test("begins as the mean, and comes to serve the one that knows", () => {
    for (const weight of new Mixture(3, true).weights) expect(weight).toBeCloseTo(1 / 3, 12);
    const { weights, recentLosses } = trained(true, 1000);
    // Of the right one and the bold one, which are alike but for the size, together what the right one says.
    expect(weights[0]! * 1.4 + weights[1]! * 6).toBeCloseTo(1.4, 0);
    expect(recentLosses[3]!).toBeLessThan(1.02 * recentLosses[0]!);
    expect(recentLosses[1]!).toBeGreaterThan(recentLosses[3]!);
    expect(recentLosses[2]!).toBeGreaterThan(recentLosses[3]!);
  });

  test("a base is as if every candidate had said it", () => {
    const mixture = new Mixture(2, true);
    const other = new Mixture(2, true);
    for (const { y, scores } of examples(200)) {
      mixture.learn(scores.subarray(0, 2), 1, y);
      other.learn(scores.subarray(0, 2), 0, y);
    }
    // Labels are even, so a base of 1 is to be taken back, which no weights of these scores can.
    expect(mixture.recentLosses[2]!).toBeGreaterThan(1.05 * other.recentLosses[2]!);
    expect(mixture.weights).not.toEqual(other.weights);
  });

  test("continues bit for bit from what it wrote", () => {
    for (const log of [true, false]) {
      const mixture = trained(log, 300);
      const writer = new ByteWriter();
      mixture.write(writer);
      const again = new Mixture(3, log);
      again.read(new ByteReader(writer.finish(), "mixture"))();
      for (const { y, scores } of examples(100)) {
        expect(again.sum(scores)).toBe(mixture.sum(scores));
        mixture.learn(scores, 0, y);
        again.learn(scores, 0, y);
      }
      expect(again.weights).toEqual(mixture.weights);
      expect(again.recentLosses).toEqual(mixture.recentLosses);
    }
  });
});
