import { UsageError } from "../command.ts";
import { readCsv } from "../files/csv.ts";
import type { InputError } from "../files/input-error.ts";
import { firstLine } from "../files/lines.ts";
import { readingError } from "../files/reading-error.ts";
import { isComment } from "../log-files/table-columns.ts";

export type TableRow = {
  /** Line of the file on which the row ends, from 1. */
  line: number;
  /** Text of each cell by column, without the spaces around it. */
  cells: Record<string, string>;
};

/**
 * Streams the rows of a table with a header, in file order. gzip is recognised by its first bytes.
 * @param path A file, or `-` for standard input.
 * @param columns Columns that must be there. @param onProblem is told of rows that are left out; without it the first ends the reading.
 * @throws UsageError when the file cannot be read or is not such a table, with the line.
 */
export async function* readTable(
  path: string,
  delimiter: string,
  columns: readonly string[],
  onProblem?: (line: number, error: InputError) => void,
): AsyncGenerator<TableRow> {
  const name = path === "-" ? "standard input" : path;
  let header: readonly string[] | null = null;
  let rows = 0;
  const leaveOut =
    onProblem &&
    ((line: number, error: InputError): void => {
      rows++;
      onProblem(line, error);
    });
  try {
    const hasComments = path !== "-" && isComment((await firstLine(path)) ?? "");
    for await (const { line, cells } of readCsv(path, name, { delimiter, hasComments }, leaveOut)) {
      if (header === null) {
        header = cells.map((cell) => cell.trim());
        requireColumns(name, delimiter, columns, header);
        continue;
      }
      rows++;
      yield { line, cells: Object.fromEntries(header.map((column, i) => [column, cells[i]!.trim()])) };
    }
  } catch (error) {
    throw readingError(name, 0, error);
  }
  if (rows === 0) throw new UsageError(`${name} has no rows.`);
}

function requireColumns(name: string, delimiter: string, columns: readonly string[], header: readonly string[]): void {
  const twice = columns.find((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice !== undefined)
    throw new UsageError(
      `${name}, line 1: there are two columns ${JSON.stringify(twice)}, and the mapping does not tell which it means: rename one of them.`,
    );
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new UsageError(
      `${name}, line 1: there is no column ${missing.map((m) => JSON.stringify(m)).join(", ")}. With the delimiter ${JSON.stringify(delimiter)} the columns are: ${header.join(", ")}`,
    );
}
