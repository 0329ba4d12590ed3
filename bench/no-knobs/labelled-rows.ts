import { fileURLToPath } from "node:url";
import { readTable } from "../../cli/tables/table.ts";
import type { Properties } from "../../shared/contract/values.ts";

/** Rows in their order, each with what was known and the label that came. */
export type LabelledRows = { names: string[]; rows: { data: Properties; label: number }[] };

/**
 * A table with a header and commas. What looks like a number is one; an empty cell is missing.
 * @param positive the cells that are label 1.
 */
export async function labelledRows(
  file: URL,
  labelColumn: string,
  positive: readonly string[] = ["1", "TRUE"],
): Promise<LabelledRows> {
  let names: string[] = [];
  const rows: LabelledRows["rows"] = [];
  for await (const { cells } of readTable(fileURLToPath(file), ",", [labelColumn])) {
    const { [labelColumn]: label, ...others } = cells;
    names = Object.keys(others);
    const data: Properties = {};
    for (const [name, cell] of Object.entries(others))
      if (cell !== "") data[name] = Number.isNaN(Number(cell)) ? cell : Number(cell);
    rows.push({ data, label: positive.includes(label!) ? 1 : 0 });
  }
  return { names, rows };
}
