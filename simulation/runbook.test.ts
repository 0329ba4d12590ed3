import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMBINATIONS, TROUBLES, type Trouble } from "./troubles.ts";

/** The runbook's table of two troubles at once, and what the simulation holds to. */

const runbook = readFileSync(join(import.meta.dirname, "../docs/runbook.md"), "utf8");
const [, section = ""] = runbook.split("## Two troubles at once");
const [head, , ...rows] = section
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

/** Texts in back quotes; of those that end in three dots, what is before. */
const quoted = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text!.replace(/,? \.\.\.$/, ""));

test("the runbook's table has the simulation's combinations, each with lines that it waits for, and what health and metrics show", () => {
  expect(head).toEqual(["troubles", "lines", "health and metrics", "afterwards"]);
  const named = (cell: string) => cell.replace("a deployment", "deploy").split(", ");
  expect(rows.map(([troubles]) => named(troubles!))).toEqual(COMBINATIONS.map((pair) => [...pair]));
  for (const [troubles, lines, shown] of rows) {
    const told = quoted(lines!);
    for (const name of named(troubles!)) {
      const { lines: written }: Trouble = TROUBLES[name as keyof typeof TROUBLES];
      if (written.length > 0)
        expect(
          written.some((line) => told.some((text) => text !== "" && line.startsWith(text))),
          `${troubles}: a line of "${name}"`,
        ).toBe(true);
    }
    expect(shown, troubles).not.toBe("");
  }
});

test("the metrics that the table names are metrics that there are", () => {
  const metrics = new Set([...runbook.matchAll(/^\| `(edgewise_\w+)`/gm)].map(([, name]) => name));
  for (const [troubles, , shown] of rows)
    for (const text of quoted(shown!).filter((text) => text.startsWith("edgewise_")))
      expect(metrics.has(text.replace(/\{.*/, "")), `${troubles}: ${text}`).toBe(true);
});
