import { expect, test } from "vitest";
import { defineModel, rank, text } from "../../shared/contract/define.ts";
import { LeftOutActions } from "./left-out-actions.ts";

const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`).join(" ");
const spec = defineModel({
  ...{ name: "search", task: rank() },
  features: { context: { query: text("query") }, action: { title: text("title") } },
  reward: { wait: "1m", default: 0, aggregate: "first" },
});

function doubts(query: number, titles: readonly number[]): string {
  const leftOut = new LeftOutActions(spec);
  const actions = titles.map((n, i) => ({ id: String(i), features: { title: words(n) } }));
  const input = { at: 0, sessionFeatures: {}, profileFeatures: {}, graph: null, actions };
  for (const n of [3, query])
    leftOut.update({ count: actions.length, values: () => ({ ...input, context: { query: words(n) } }) });
  return leftOut.doubts.join();
}

test("says in how many decisions actions go without an interaction, and whether others of the list do not", () => {
  expect(doubts(150, [5, 15, 16])).toBe(
    "In 1 of the first 2 decisions 2 actions go without context × action, as it would have more than 8,192 features of theirs, and in 1 of these other actions do not: they are compared unequally. So it is in pages: shorten texts or vectors, or use similarity.",
  );
  expect(doubts(150, [15, 16])).not.toContain("unequally");
  expect(doubts(50, [5, 14])).toBe("");
});
