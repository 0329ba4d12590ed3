import { render } from "lit";
import { expect, test } from "vitest";
import { consoleView } from "./console-view.ts";
import type { ListedModel } from "./model-versions.ts";

const learned = { examples: 100, progressiveLoss: 0.2, meanFeedback: 0.1, report: null, snapshot: 3, lag: 0 };

function shown(names: string[], decisions: number): string | undefined {
  const version = {
    ...({ version: 2, stage: "live", share: null, wanted: null, createdAt: 0, problem: null } as const),
    training: { ...learned, missing: { names, decisions } },
  };
  const models: ListedModel[] = [{ model: "home-hero", versions: [version], history: [], problem: null }];
  const into = document.createElement("div");
  render(consoleView(models, new Date(0), null), into);
  return into.querySelector("[data-missing]")?.textContent?.replace(/\s+/g, " ").trim();
}

test("an operator is told which features of a version never come, once enough examples had none", () => {
  expect(shown(["context.devcie", "action.gnere"], 1200)).toBe(
    "Version 2: in 1,200 examples there was no value for context.devcie, action.gnere. Does the page give these, under the name that the spec reads?",
  );
  expect(shown(["context.devcie"], 99)).toBeUndefined();
  expect(shown([], 1200)).toBeUndefined();
});
