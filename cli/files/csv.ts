import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { parse as parseWhole } from "csv-parse/sync";
import { UsageError } from "../command.ts";
import { copies, unpackedChunks } from "./chunks.ts";

/** `line`: of the file, on which the row ends, from 1. */
export type CsvRow = { line: number; cells: readonly string[] };

const SETTINGS = { bom: true, relax_column_count: true, skip_empty_lines: true } as const;

/**
 * Reads a table (RFC 4180), its header first; gzipped ones are unpacked. Empty lines are skipped.
 * @param file or `-` for standard input. @param name what to call it in messages.
 * @throws UsageError naming the line that is wrong; of the system what it says of the file.
 */
export async function* readCsv(file: string, name: string, delimiter = ","): AsyncGenerator<CsvRow> {
  const parser = parse({ ...SETTINGS, delimiter, info: true });
  const reading = pipeline(copies(unpackedChunks(file)), new PassThrough(), parser);
  // Whoever reads is told of the error first; this one is for the case that nobody reads.
  reading.catch(() => {});
  let columns = 0;
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      columns ||= cells.length;
      if (cells.length !== columns)
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
export function cellsOf(line: string): string[] | null {
  try {
    return (parseWhole(line, SETTINGS)[0] as string[] | undefined) ?? [];
  } catch {
    return null;
  }
}
