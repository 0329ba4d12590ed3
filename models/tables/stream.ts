import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCommand, UsageError, wholeNumber } from "../../cli/command.ts";
import { type Connection, connectUntilInterrupted, expectStatus, requireModel } from "../../cli/connection.ts";
import { DEFAULT_URL } from "../../cli/edge-calls.ts";
import { takeKeyOption } from "../../cli/key-option.ts";
import { Progress } from "../../cli/progress.ts";
import { LabelSurvey } from "../../cli/tables/label-survey.ts";
import { readMapping, unusedColumns, withoutColumns } from "../../cli/tables/mapping.ts";
import { readTable } from "../../cli/tables/table.ts";
import { mappedColumns, rowContext, rowLabel, type TableMapping } from "../../cli/tables/table-mapping.ts";
import { auc } from "../../shared/evaluation/auc.ts";
import { logLoss } from "../../shared/evaluation/log-loss.ts";

/**
 * Streams a labelled table through a running server in file order: each row is predicted, then its label is given as
 * feedback, then comes the next. Every prediction was answered before its label was known (progressive validation).
 */

const mappings: Record<string, string> = {
  "purchase-intent": resolve(import.meta.dirname, "../purchase-intent/online-shoppers.mapping.json"),
};
const help = `npm run stream -- --model NAME [options] FILE

  FILE              a table with a header, as text or gzip; - for standard input
  --model NAME      the model, one that predicts
  --mapping FILE    which columns are what (purchase-intent has one for the Online Shoppers table)
  --drop COLUMN     leaves a column out; may be given again
  --limit N         stops after N rows
  --json            prints the result as JSON
  --url URL         the server (${DEFAULT_URL})
`;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    args: takeKeyOption(process.argv.slice(2)),
    allowPositionals: true,
    options: {
      model: { type: "string" },
      mapping: { type: "string" },
      drop: { type: "string", multiple: true, default: [] },
      limit: { type: "string" },
      json: { type: "boolean", default: false },
      url: { type: "string", default: DEFAULT_URL },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || values.model === undefined) throw new UsageError(help);
  const mappingPath = values.mapping ?? mappings[values.model];
  if (mappingPath === undefined) throw new UsageError(`The model ${values.model} needs --mapping FILE.`);
  const mapping = withoutColumns(readMapping(mappingPath), values.drop);
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber("limit", values.limit, 1);
  const { spec } = await requireModel(values.url, values.model, "predict");
  if (spec.task.type === "predict" && spec.task.label !== "binary")
    throw new UsageError(`The model ${values.model} predicts a value; ROC AUC and log loss are of probabilities.`);
  const unused = unusedColumns(mapping, spec);
  if (unused.length > 0 && unused.length === Object.keys(mapping.columns).length)
    throw new UsageError(
      `The model ${values.model} has a context feature for none of the columns that the mapping sends: ${unused.join(", ")}. A table of its own wants a model of its own (docs/guide.md).`,
    );

  const notes = file === "-" ? [] : await labelNotes(file, mapping);
  const progress = new Progress(Number.isFinite(limit) ? limit : 0, "rows");
  const { connection, stop } = connectUntilInterrupted(values.url, (message) => progress.say(message));
  if (unused.length > 0)
    progress.say(`The model ${values.model} has no context feature for, and so ignores: ${unused.join(", ")}.`);
  for (const note of notes) progress.say(note);
  // One session: everything goes to one partition, which keeps the order of the file.
  const session = `stream-${randomUUID()}`;
  const predictions: number[] = [];
  const labels: number[] = [];
  try {
    for await (const { line, cells } of readTable(file, mapping.delimiter, mappedColumns(mapping))) {
      const row = at(line, () => ({ context: rowContext(mapping, cells), label: rowLabel(mapping, cells) }));
      const id = `${session}.${predictions.length}`;
      const unit = (mapping.unit === undefined ? undefined : cells[mapping.unit]) || `row-${predictions.length}`;
      const prediction = await predict(connection, values.model, id, unit, row.context);
      await giveFeedback(connection, id, row.label);
      predictions.push(prediction);
      labels.push(row.label);
      progress.advance(() => `AUC ${show(auc(predictions, labels))} log loss ${show(logLoss(predictions, labels))}`);
      if (predictions.length >= limit) break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    progress.stop();
  }
  const positives = labels.filter((label) => label === 1).length;
  const result = {
    rows: predictions.length,
    positives,
    auc: auc(predictions, labels),
    logLoss: logLoss(predictions, labels),
    rowsPerSecond: progress.perSecond(),
  };
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(`
  rows        ${result.rows} (${positives} positive), ${result.rowsPerSecond} a second
  ROC AUC     ${show(result.auc)}
  log loss    ${show(result.logLoss)}
  What the edge answered, each time before the label was given: by its newest snapshot, which is some rows old. What would be predicted and learned row by row
  is told by \`npx edgewise evaluate ${file} --spec SPEC --mapping MAPPING\`, and is \`progressiveLoss\` of GET /v1/models/${values.model}.`);
});

/**
 * Looks through a table for labels that are not what the mapping has: what was streamed is learned for good.
 * @throws UsageError when none, or each, means 1.
 */
async function labelNotes(file: string, mapping: TableMapping): Promise<string[]> {
  const labels = new LabelSurvey(mapping);
  for await (const { line, cells } of readTable(file, mapping.delimiter, mappedColumns(mapping)))
    labels.row(
      cells[mapping.label.column]!,
      at(line, () => rowLabel(mapping, cells)),
    );
  labels.check(file);
  return labels.notes;
}

function at<T>(line: number, of: () => T): T {
  try {
    return of();
  } catch (error) {
    throw new UsageError(`line ${line}: ${(error as Error).message}`);
  }
}

type Context = ReturnType<typeof rowContext>;

async function predict(connection: Connection, model: string, id: string, unit: string, context: Context) {
  const answer = await connection.v1.models[":model"].predict.$post({ param: { model }, json: { id, unit, context } });
  await expectStatus(answer, 201);
  return ((await answer.json()) as { value: number }).value;
}

async function giveFeedback(connection: Connection, id: string, value: number): Promise<void> {
  const answer = await connection.v1.decisions[":id"].feedback.$post({ param: { id }, json: { value } });
  await expectStatus(answer, 204);
  await answer.arrayBuffer();
}

function show(value: number | null): string {
  return value === null ? "-" : value.toFixed(4);
}
