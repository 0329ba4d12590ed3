import { expect, test } from "vitest";
import { vote } from "./vote.ts";

test("a vote is shared by those tied with the best", () => {
  const votes = new Float64Array(3);
  vote([1, 1, 0], 0.5, votes);
  vote([0, 1, 0.9], 0.5, votes);
  vote([1, 1.0001, 0], 0.5, votes);
  expect(Array.from(votes)).toEqual([0.5, 1, 0]);
});
