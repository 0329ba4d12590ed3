import { expect, test } from "vitest";
import { ChoiceCounts } from "./never-chosen.ts";
import { OffPolicyEvaluation } from "./off-policy/off-policy-evaluation.ts";

/** A log of 600 choices among three actions, seen by the uniform policy. */
function refusalOf(propensity: number, choose: (i: number) => number) {
  const counts = new ChoiceCounts();
  const uniform = new OffPolicyEvaluation({ rewardRange: { low: 0, high: 1 } });
  for (let i = 0; i < 600; i++) {
    counts.update(choose(i), 3);
    uniform.update({ reward: i % 2, propensity, target: 1 / 3 });
  }
  return counts.refusal([200, 200, 200], uniform.diagnostics);
}

test("a policy that would choose what was never chosen is refused, with the actions' numbers", () => {
  expect(refusalOf(1, () => 0)).toMatchObject({
    reason: "unsupported-actions",
    message: expect.stringMatching(/^Actions 2 and 3 were never chosen in 600 decisions.* 67 % of them/),
  });
  expect(refusalOf(1 / 2, (i) => i % 2)?.message).toMatch(/^Action 3 was never chosen/);
});

test("what was never chosen is told", () => {
  const counts = new ChoiceCounts();
  for (let i = 0; i < 29; i++) counts.update(i % 2, 9);
  expect(counts.neverChosen).toBeNull();
  counts.update(0, 9);
  expect(counts.neverChosen).toBe(
    "Actions 3, 4, 5, 6, 7 and 2 more were never chosen in 30 decisions (they are counted from 1): of them the log tells nothing.",
  );
  for (let i = 0; i < 9; i++) counts.update(i, 9);
  expect(counts.neverChosen).toBeNull();
});

test("one that has no more than what was chosen is not", () => {
  expect(refusalOf(1 / 3, (i) => i % 3)).toBeNull();
  // Propensities that are wrong are another matter.
  expect(refusalOf(1, (i) => i % 3)).toBeNull();
});
