import { expect, test } from "vitest";
import { LogSurvey } from "../../shared/evaluation/log-survey.ts";
import { doubts } from "./notes.ts";

/** Decisions among two actions with these rewards; null: nobody said what came of it. */
function survey(rewards: readonly (number | null)[]): LogSurvey {
  const survey = new LogSurvey();
  for (const reward of rewards) {
    const outcome = reward === null ? null : { chosen: 0, propensity: 0.5, reward, importance: 1 };
    const values = () => {
      throw new Error("nobody asks for them");
    };
    survey.update({ outcome, probabilities: null, count: 2, values });
  }
  return survey;
}

test("says first that outcomes are missing, where all others are alike, or where it is many", () => {
  expect(doubts([], null, survey([1, null, 1]))).toEqual([
    "1 of 3 decisions have no outcome, and do not count, and all 2 others have the reward 1: if none means that nothing came of a decision, the log must say so (a reward of 0), or the figures are wrong.",
  ]);
  expect(doubts([], null, survey([1, 0, null, null])).join()).toContain("2 of 4 decisions have no outcome");
  expect(doubts([], null, survey([null, ...Array.from({ length: 20 }, (_, i) => i % 2)]))).toEqual([]);
});
