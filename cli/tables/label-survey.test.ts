import { expect, test } from "vitest";
import { LabelSurvey } from "./label-survey.ts";
import { tableMapping } from "./table-mapping.ts";

/** Rows with these labels in turn. */
function survey(positive: string[] | undefined, cells: readonly string[]): LabelSurvey {
  const mapping = tableMapping.parse({ label: { column: "bought", true: positive }, columns: {} });
  const labels = new LabelSurvey(mapping);
  for (let i = 0; i < 20; i++) {
    const cell = cells[i % cells.length]!;
    if (positive === undefined) labels.mistake(cell, i + 2, `the label ${cell} must be 0 or 1`);
    else labels.row(cell, Number(positive.includes(cell)));
  }
  return labels;
}

test("refuses labels of which none, or each, means 1, and names them", () => {
  expect(() => survey(["Yes"], ["yes", "no"]).check("table.csv")).toThrow(
    'table.csv: no row of 20 has in the column "bought" one of the labels that mean 1 (label.true: "Yes"), so there is nothing to tell apart. Labels are "yes" (10), "no" (10).',
  );
  expect(() => survey(["yes"], ["yes"]).check("table.csv")).toThrow("every row of 20");
  expect(() => survey(undefined, ["-1", "1"]).check("table.csv")).toThrow(
    'line 2: the label -1 must be 0 or 1, and so it is in 20 of 20 rows. Labels are "-1" (10), "1" (10): say in the mapping',
  );
});

test("lists what counts as 0 where that is more than one label", () => {
  const labels = survey(["yes"], ["yes", "no", "yes "]);
  labels.check("table.csv");
  expect(labels.notes).toEqual(['These labels count as 0: "no" (7), "yes " (6).']);
  expect(survey(["yes"], ["yes", "no"]).notes).toEqual([]);
});
