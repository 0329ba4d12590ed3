import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Properties } from "../../shared/spec/values.ts";

/** Rows in their order, each with what was known and the label that came. */
export type LabelledRows = { names: string[]; rows: { data: Properties; label: number }[] };

/** A gzipped table with a header and commas, without quotes. What looks like a number is one; an empty cell is missing. */
export function readTable(file: URL, labelColumn: string): LabelledRows {
  const [header, ...lines] = gunzipSync(readFileSync(file)).toString("utf8").trim().split(/\r?\n/);
  const columns = header!.split(",");
  const names = columns.filter((name) => name !== labelColumn);
  const rows = lines.map((line) => {
    const cells = line.split(",");
    const data: Properties = {};
    let label = 0;
    columns.forEach((name, i) => {
      const cell = cells[i]!;
      if (name === labelColumn) label = cell === "TRUE" || cell === "1" ? 1 : 0;
      else if (cell !== "") data[name] = Number.isNaN(Number(cell)) ? cell : Number(cell);
    });
    return { data, label };
  });
  return { names, rows };
}
