import { UsageError } from "../command.ts";
import { readCsv } from "../files/csv.ts";
import { readingError } from "../files/reading-error.ts";

export type TableRow = {
  /** Line of the file on which the row ends, from 1. */
  line: number;
  /** Text of each cell by column. */
  cells: Record<string, string>;
};

/**
 * Streams the rows of a table with a header, in file order. gzip is recognised by its first bytes.
 * @param path A file, or `-` for standard input.
 * @param columns Columns that must be there.
 * @throws UsageError when the file cannot be read or is not such a table, with the line.
 */
export async function* readTable(
  path: string,
  delimiter: string,
  columns: readonly string[],
): AsyncGenerator<TableRow> {
  const name = path === "-" ? "standard input" : path;
  let header: readonly string[] | null = null;
  let rows = 0;
  try {
    for await (const { line, cells } of readCsv(path, name, { delimiter })) {
      if (header === null) {
        header = cells;
        requireColumns(name, delimiter, columns, header);
        continue;
      }
      rows++;
      yield { line, cells: Object.fromEntries(header.map((column, i) => [column, cells[i]!])) };
    }
  } catch (error) {
    throw readingError(name, 0, error);
  }
  if (rows === 0) throw new UsageError(`${name} has no rows.`);
}

function requireColumns(name: string, delimiter: string, columns: readonly string[], header: readonly string[]): void {
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new UsageError(
      `${name}, line 1: there is no column ${missing.map((m) => JSON.stringify(m)).join(", ")}. With the delimiter ${JSON.stringify(delimiter)} the columns are: ${header.join(", ")}`,
    );
}
