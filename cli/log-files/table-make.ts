import { type Dialect, readCsv } from "../files/csv.ts";
import { firstLine } from "../files/lines.ts";
import { delimiterOf, isComment } from "./table-columns.ts";

/** How a table is made, as far as its cells do not say it one by one. */
export type TableMake = {
  dialect: Dialect;
  /** Columns of which every cell is a number, or empty: in all others `7` is a category, as `007` and `0x10` are. */
  numbers: ReadonlySet<number>;
};

/** A number as people write it: no code, which may have zeros in front or be hexadecimal. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** How programs write that there is no number. */
const NONE = /^(?:na|nan|n\/a|null|none)?$/i;

/** Whether a cell has nothing in it. */
export const isMissing = (cell: string): boolean => NONE.test(cell.trim());

/** The number in a cell; null where it is none. */
export function numberIn(cell: string): number | null {
  const text = cell.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Reads a table once, to know how it is made. @throws UsageError naming the line that is wrong. */
export async function tableMake(file: string, name: string): Promise<TableMake> {
  const header = (await firstLine(file, (line) => !isComment(line))) ?? "";
  const hasComments = isComment((await firstLine(file)) ?? "");
  const dialect: Dialect = { delimiter: delimiterOf(header) ?? ",", hasComments, isRagged: true };
  let isNumbers: boolean[] | null = null;
  for await (const { cells } of readCsv(file, name, dialect, () => {})) {
    if (isNumbers === null) isNumbers = cells.map(() => true);
    else
      for (const [i, cell] of cells.entries())
        if (isNumbers[i] && !isMissing(cell) && numberIn(cell) === null) isNumbers[i] = false;
  }
  return { dialect, numbers: new Set((isNumbers ?? []).flatMap((is, i) => (is ? [i] : []))) };
}
