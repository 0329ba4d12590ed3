import { expect, test } from "vitest";
import { NoSuchAction, OutcomeError } from "../files/outcome-error.ts";
import { UnusableDecisions } from "./unusable-decisions.ts";

const outcome = (chosen: number) => ({ chosen, propensity: 0.5, reward: 0, importance: 1 });

/** Decisions of two actions, all of which chose the given one. */
function log(count: number, chosen: number): UnusableDecisions {
  const decisions = new UnusableDecisions();
  for (let i = 0; i < count; i++) decisions.decision(outcome(chosen), 2);
  return decisions;
}

test.each([
  [1, 2, 0, "Actions seem to count from 1, and here they count from 0: subtract 1."],
  [0, 0, 1, "Actions seem to count from 0, and here they count from 1: add 1."],
  [0, 2, 0, "What is left is no sample of the log: mend these lines."],
])("tells from where actions are counted: %d was chosen, and %d, counted from %d", (chosen, missing, first, advice) => {
  const decisions = log(100, chosen);
  for (let line = 1; line <= 50; line++) decisions.unusable(line, new NoSuchAction(missing, first, first + 1));
  expect(() => decisions.check("log")).toThrow(
    `log, line 1: there is no action ${missing}: actions are ${first} to ${first + 1}, and so it is in 50 of 150 decisions. ${advice}`,
  );
});

test("leaves out a few outcomes, and says so before the figures", () => {
  const decisions = log(1000, 0);
  for (let line = 1; line <= 5; line++) decisions.unusable(line, new OutcomeError("reward", "reward is NaN"));
  decisions.check("log");
  expect(decisions.doubts.join()).toMatch(/^5 of 1005 decisions cannot be used .* \(5 for the reward\)/);
  expect(log(1000, 0).doubts).toEqual([]);
});
