import { z } from "zod";
import type { Properties } from "../../shared/contract/values.ts";
import { InputError } from "../files/input-error.ts";
import { OutcomeError } from "../files/outcome-error.ts";
import { isMissing } from "../log-files/table-make.ts";

/** How the rows of a labelled table become the context and the label of `predict` calls. It works on any table. */
export const tableMapping = z.strictObject({
  label: z
    .strictObject({
      column: z.string(),
      /** Values that mean 1; every other means 0. Without it the column is a number. */
      true: z.array(z.string()).min(1).optional(),
    })
    .describe("The column to predict."),
  /** By column. `category` sends digits as text too, so that a code is not taken for a quantity. Columns not named are not sent. */
  columns: z.record(z.string(), z.enum(["number", "category"])),
  /** Column that says who is served; by default every row is a unit of its own. */
  unit: z.string().optional(),
  delimiter: z.string().length(1).default(","),
});
export type TableMapping = z.infer<typeof tableMapping>;

/** Every column that the mapping names, to be checked against a table's header. */
export const mappedColumns = (mapping: TableMapping): string[] => [
  ...Object.keys(mapping.columns),
  mapping.label.column,
  ...(mapping.unit === undefined ? [] : [mapping.unit]),
];

/**
 * The context that a row (text by column) stands for. An empty cell is missing, and so is `NA` where there should be a number: it sends nothing.
 * @throws InputError naming the column when a number column holds something else.
 */
export function rowContext(mapping: TableMapping, row: Record<string, string>): Properties {
  const context: Properties = {};
  for (const [column, kind] of Object.entries(mapping.columns)) {
    const text = row[column];
    if (text === undefined || text === "") continue;
    if (kind === "category") context[column] = text;
    else if (!isMissing(text) || text.trim() === "") context[column] = number(column, text);
  }
  return context;
}

/** The label of a row. @throws InputError naming the column when it is missing or, without `true`, not a number. */
export function rowLabel(mapping: TableMapping, row: Record<string, string>): number {
  const { column, true: positive } = mapping.label;
  const text = row[column];
  if (text === undefined || text === "") throw new InputError(`column ${JSON.stringify(column)} has no label`);
  if (positive) return Number(positive.includes(text));
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === "")
    throw new OutcomeError("label", `column ${JSON.stringify(column)} is not a number: ${JSON.stringify(text)}`);
  return value;
}

function number(column: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === "")
    throw new InputError(`column ${JSON.stringify(column)} is not a number: ${JSON.stringify(text)}`);
  return value;
}
