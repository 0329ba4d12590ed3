import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Properties } from "../../shared/contract/values.ts";

/** Rows in their order, each with what was known and the label that came. */
export type LabelledRows = { names: string[]; rows: { data: Properties; label: number }[] };

/**
 * A table with a header and commas, without quotes; gzipped where its name ends so. What looks like a number is one; an empty cell is missing.
 * @param positive the cells that are label 1.
 */
export function readTable(file: URL, labelColumn: string, positive: readonly string[] = ["1", "TRUE"]): LabelledRows {
  const bytes = readFileSync(file);
  const text = (file.pathname.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const columns = header!.split(",");
  if (!columns.includes(labelColumn)) throw new Error(`${file.pathname} has no column ${labelColumn}`);
  const names = columns.filter((name) => name !== labelColumn);
  const rows = lines.map((line) => {
    const cells = line.split(",");
    const data: Properties = {};
    let label = 0;
    columns.forEach((name, i) => {
      const cell = cells[i]!;
      if (name === labelColumn) label = positive.includes(cell) ? 1 : 0;
      else if (cell !== "") data[name] = Number.isNaN(Number(cell)) ? cell : Number(cell);
    });
    return { data, label };
  });
  return { names, rows };
}
