import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import { PredictionEvaluation } from "../../shared/evaluation/prediction-evaluation.ts";
import { checkFeedback } from "../../shared/versions/check-feedback.ts";
import { UsageError } from "../command.ts";
import type { InputError } from "../files/input-error.ts";
import { LineProblems } from "../files/line-problems.ts";
import { OutcomeError } from "../files/outcome-error.ts";
import { isTooMany } from "../files/too-many.ts";
import { NotUtf8, TO_UTF8 } from "../files/utf8.ts";
import { LabelSurvey } from "../tables/label-survey.ts";
import { unusedColumns } from "../tables/mapping.ts";
import { readTable, type TableRow } from "../tables/table.ts";
import { mappedColumns, rowContext, rowLabel, type TableMapping } from "../tables/table-mapping.ts";
import type { PredictionReport } from "./evaluate-predictions.ts";

/** A labelled table to read. */
export type LabelledTable = { file: string; mapping: TableMapping; strict: boolean };

/**
 * Tells how good the predictions of each of the learners would have been on a labelled table, in its order: a row is learned as soon as it was predicted, as an edge
 * learns what is streamed to it. Reads the table twice, to know its length.
 * @throws UsageError naming the line that is wrong.
 */
export async function evaluateTable(
  table: LabelledTable,
  spec: ModelSpec,
  learners: readonly LearnerSpec[],
): Promise<PredictionReport> {
  if (table.file === "-") throw new UsageError("A table is read twice: give a file, not a pipe.");
  let decisions = 0;
  const labels = new LabelSurvey(table.mapping);
  const { column } = table.mapping.label;
  const problems = await readRows(
    table,
    spec,
    (_context, label, _row, cells) => {
      decisions++;
      labels.row(cells[column]!, label);
    },
    (cells, line, problem) => labels.mistake(cells[column]!, line, problem),
  );
  labels.check(table.file);
  if (decisions === 0) throw problems.onlyProblem ?? new UsageError(`${table.file} has no rows.`);
  const evaluation = new PredictionEvaluation(spec, learners, { decisions, wait: null });
  await readRows(table, spec, (context, label, at) => {
    const asked = { at, context, sessionFeatures: {}, profileFeatures: {}, graph: null, value: null };
    evaluation.update(asked, label);
  });
  const { unusable } = problems;
  const unused = unusedColumns(table.mapping, spec);
  const notes =
    unused.length === 0 ? [] : [`${spec.name} has no context feature for, and so ignores: ${unused.join(", ")}.`];
  const log = { name: table.file, decisions, withoutOutcome: 0, unusable };
  return { log, notes: [...problems.notes, ...labels.notes, ...notes], ...evaluation.finish() };
}

/** @param onRow is given what is known of a row, its label, and which row it is. @param onMistake is told of labels that are none. */
async function readRows(
  { file, mapping, strict }: LabelledTable,
  spec: ModelSpec,
  onRow: (context: ReturnType<typeof rowContext>, label: number, row: number, cells: TableRow["cells"]) => void,
  onMistake: (cells: TableRow["cells"], line: number, problem: string) => void = () => {},
): Promise<LineProblems> {
  const problems = new LineProblems(file, strict);
  let row = 0;
  let garbled = 0;
  const leaveOut = (line: number, error: InputError): void => {
    problems.leaveOut(line, error);
    if (error instanceof NotUtf8) garbled++;
  };
  for await (const { line, cells } of readTable(file, mapping.delimiter, mappedColumns(mapping), leaveOut))
    try {
      const label = rowLabel(mapping, cells);
      const problem = checkFeedback(spec, label);
      if (problem !== null) throw new OutcomeError("label", `the label ${label} ${problem}`);
      onRow(rowContext(mapping, cells), label, row++, cells);
    } catch (error) {
      problems.leaveOut(line, error);
      if (error instanceof OutcomeError) onMistake(cells, line, error.message);
    }
  if (isTooMany(garbled, row + garbled))
    throw new UsageError(`${file}: ${garbled} of ${row + garbled} rows are not UTF-8. ${TO_UTF8}`);
  return problems;
}
