import { createReadStream } from "node:fs";
import { PassThrough, pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import { UsageError } from "../../cli/command.ts";

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
  const source: Readable = path === "-" ? process.stdin : createReadStream(path);
  try {
    yield* readRows(name, source, delimiter, columns);
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${name}: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) throw new UsageError(`${name} cannot be read: ${message}`);
    throw error;
  } finally {
    source.destroy();
  }
}

async function* readRows(
  name: string,
  source: Readable,
  delimiter: string,
  columns: readonly string[],
): AsyncGenerator<TableRow> {
  const parser = parse({
    delimiter,
    bom: true,
    columns: (header: string[]) => {
      const missing = columns.filter((column) => !header.includes(column));
      if (missing.length > 0)
        throw new UsageError(
          `${name}, line 1: there is no column ${missing.map((m) => JSON.stringify(m)).join(", ")}. With the delimiter ${JSON.stringify(delimiter)} the columns are: ${header.join(", ")}`,
        );
      return header;
    },
    info: true,
    skip_empty_lines: true,
  });
  const text = await gunzipped(source);
  pipeline(text, parser, () => {});
  let rows = 0;
  for await (const { record, info } of parser as AsyncIterable<{
    record: Record<string, string>;
    info: { lines: number };
  }>) {
    rows++;
    yield { line: info.lines, cells: record };
  }
  if (rows === 0) throw new UsageError(`${name} has no rows.`);
}

/** The stream, unpacked if it begins as gzip does. */
async function gunzipped(source: Readable): Promise<Readable> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  const start = first.done ? Buffer.alloc(0) : first.value;
  const whole = Readable.from(
    (async function* () {
      yield start;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })(),
    { objectMode: false },
  );
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  return pipeline(whole, isGzip ? createGunzip() : new PassThrough(), () => {});
}
