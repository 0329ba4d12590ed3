import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { parse as parseWhole } from "csv-parse/sync";
import { UsageError } from "../command.ts";
import { copies, textChunks } from "./chunks.ts";

/** `line`: of the file, on which the row ends, from 1. */
export type CsvRow = { line: number; cells: readonly string[] };

/** How a table is written. */
export type Dialect = {
  delimiter: string;
  /** Whether lines that begin with `#` are none of it. */
  hasComments?: boolean;
  /** Whether rows may have more or fewer cells than the header. */
  isRagged?: boolean;
};

const SETTINGS = { relax_column_count: true, skip_empty_lines: true } as const;

/**
 * Reads a table (RFC 4180), its header first; gzipped ones are unpacked. Empty lines are skipped.
 * @param file or `-` for standard input. @param name what to call it in messages.
 * @throws UsageError naming the line that is wrong; of the system what it says of the file.
 */
export async function* readCsv(
  file: string,
  name: string,
  { delimiter, hasComments = false, isRagged = false }: Dialect = { delimiter: "," },
): AsyncGenerator<CsvRow> {
  const comments = hasComments ? { comment: "#", comment_no_infix: true } : {};
  const parser = parse({ ...SETTINGS, ...comments, delimiter, info: true });
  const reading = pipeline(copies(textChunks(file)), new PassThrough(), parser);
  // Whoever reads is told of the error first; this one is for the case that nobody reads.
  reading.catch(() => {});
  let columns = 0;
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      columns ||= cells.length;
      if (!isRagged && cells.length !== columns)
        throw new UsageError(`${name}, line ${info.lines}: there are ${cells.length} cells, but ${columns} columns`);
      yield { line: info.lines, cells };
    }
    await reading;
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}

/** The cells of a line by itself, such as a header; null when it can be none of a table. */
export function cellsOf(line: string, delimiter: string): string[] | null {
  try {
    return (parseWhole(line, { ...SETTINGS, delimiter })[0] as string[] | undefined) ?? [];
  } catch {
    return null;
  }
}
