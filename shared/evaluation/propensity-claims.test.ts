import { describe, expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import { PropensityClaims } from "./propensity-claims.ts";

/** A log of choices by these probabilities, that claims others. */
function claimsOf(
  probabilities: readonly number[],
  claimed: (chosen: number, i: number) => number,
  {
    decisions = 300,
    seed = 1,
    listed = null as readonly number[] | null,
    isKnown = (_chosen: number, _u: number): boolean => true,
  } = {},
): PropensityClaims {
  const random = seededRandom(seed);
  const claims = new PropensityClaims();
  for (let i = 0; i < decisions; i++) {
    let chosen = 0;
    for (let u = random() - probabilities[0]!; u > 0 && chosen < probabilities.length - 1; )
      u -= probabilities[++chosen]!;
    claims.update({
      outcome: isKnown(chosen, random()) ? { chosen, propensity: claimed(chosen, i), reward: 0, importance: 1 } : null,
      probabilities: listed && Float64Array.from(listed),
      count: probabilities.length,
      values: () => {
        throw new Error("nobody needs them");
      },
    });
  }
  return claims;
}

const skewed = [0.6, 0.3, 0.1];
const uniform = [1 / 3, 1 / 3, 1 / 3];

describe("what a log claims", () => {
  test("is not called wrong when it is right, however skewed", () => {
    for (let seed = 1; seed <= 500; seed++) {
      expect(claimsOf(skewed, (chosen) => skewed[chosen]!, { seed, listed: skewed }).problem).toBeNull();
      expect(claimsOf(uniform, () => 1 / 3, { seed }).problem).toBeNull();
      expect(claimsOf(skewed, (chosen) => skewed[chosen]!, { seed }).problem).toBeNull();
    }
  });

  test("is not called wrong where only what was clicked has an outcome", () => {
    const isKnown = (chosen: number, u: number) => u < [0.1, 0.03, 0.03][chosen]!;
    expect(claimsOf(uniform, () => 1 / 3, { decisions: 20_000, isKnown }).problem).toBeNull();
  });

  test("has a mean weight near 1 when it is right, with an interval that mostly holds it", () => {
    let held = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const { low, high } = claimsOf(skewed, (chosen) => skewed[chosen]!, { seed }).meanWeight!;
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held).toBeGreaterThan(0.91 * 500);
  });

  test("is no policy's that chooses at random when it is the same for every choice", () => {
    expect(claimsOf(uniform, () => 0.9).problem).toMatchObject({
      kind: "constant",
      message: expect.stringContaining("uniform choices is 0.370 and should be 1"),
    });
    expect(claimsOf(uniform, () => 1 / 300).problem?.message).not.toContain("per cent");
    expect(
      claimsOf(
        [...Array(100)].map(() => 0.01),
        () => 1,
      ).problem?.message,
    ).toContain("as if they were in per cent");
    expect(claimsOf([1, 0, 0], () => 1).problem).toMatchObject({ kind: "deterministic" });
    expect(claimsOf(uniform, () => 0.9, { decisions: 29 }).problem).toBeNull();
  });

  test("is contradicted by choices that are not as frequent", () => {
    expect(claimsOf([1, 0, 0], () => 1 / 3).problem).toMatchObject({
      kind: "contradicted",
      message: expect.stringMatching(/^Action 1 \(counted from 1\) was chosen 300 times.* should have been 100:/),
    });
    expect(claimsOf(uniform, (chosen) => skewed[chosen]!, { listed: skewed }).problem).toMatchObject({
      kind: "contradicted",
    });
  });
});
