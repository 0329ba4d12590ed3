import { UsageError } from "../command.ts";
import { readCsv } from "../files/csv.ts";
import { firstLine, isEmpty, readLines } from "../files/lines.ts";
import { readingError } from "../files/reading-error.ts";
import { csvEvents } from "./csv-events.ts";
import { edgewiseEvents, type LoggedPrediction, readPrediction } from "./edgewise-events.ts";
import type { FileEntry } from "./file-entry.ts";
import { dsjsonEvents, jsonEvents } from "./json-events.ts";
import { type LogFormat, recognise } from "./log-format.ts";
import { actionLines, decisionLines, type LineReader } from "./text-events.ts";

/** A log to read. */
export type LogSource = {
  /** The file; gzip is recognised. */
  file: string;
  /** What to call it in messages. */
  name: string;
  /** null: by its first line. */
  format: LogFormat | null;
  /** How many actions there are, for a table, or where a line of VW's text is a decision; null: a line is an action. */
  actions: number | null;
};

/**
 * Reads the decisions of a log in their order.
 * @throws UsageError naming the line that cannot be read, or the file.
 */
export async function readLog(source: LogSource, onEntry: (event: FileEntry) => void): Promise<void> {
  const format = await formatOf(source);
  if (source.actions !== null && format !== "vw" && format !== "csv")
    throw new UsageError(`${source.name}, line 1: --actions is for VW's text and for tables, and this is ${format}`);
  if (format === "csv") await readTable(source, onEntry);
  else await readWith(source, eventReader(format, source.actions, onEntry));
}

/**
 * Reads the predictions of a log of Edgewise in their order.
 * @throws UsageError naming the line that cannot be read, or the file.
 */
export async function readPredictions(
  source: LogSource,
  onPrediction: (prediction: LoggedPrediction) => void,
): Promise<void> {
  const format = await formatOf(source);
  if (format !== "edgewise")
    throw new UsageError(
      `${source.name}, line 1: predictions can be read from Edgewise's own logs (edgewise export), not from ${format}`,
    );
  await readWith(source, documents(readPrediction, onPrediction));
}

/** As it was said, or by its first line; an empty file is one of VW's text. */
async function formatOf({ file, name, format }: LogSource): Promise<LogFormat> {
  if (format !== null) return format;
  try {
    return recognise((await firstLine(file)) ?? "");
  } catch (error) {
    throw readingError(name, 0, error);
  }
}

async function readWith({ file, name }: LogSource, reader: LineReader): Promise<void> {
  let line = 0;
  try {
    await readLines(file, (bytes, start, end) => {
      line++;
      reader.line(bytes, start, end);
    });
    reader.end();
  } catch (error) {
    throw readingError(name, line, error);
  }
}

async function readTable({ file, name, actions }: LogSource, onEntry: (event: FileEntry) => void): Promise<void> {
  let at = 0;
  try {
    const read = csvEvents(actions);
    for await (const { line, cells } of readCsv(file, name)) {
      at = line;
      const event = read(cells);
      if (event !== null) onEntry(event);
    }
  } catch (error) {
    throw readingError(name, at, error);
  }
}

function eventReader(
  format: Exclude<LogFormat, "csv">,
  actions: number | null,
  onEntry: (event: FileEntry) => void,
): LineReader {
  switch (format) {
    case "vw":
      return actions === null ? actionLines(onEntry) : decisionLines(actions, onEntry);
    case "json":
      return documents(jsonEvents(), onEntry);
    case "dsjson":
      return documents(dsjsonEvents(), onEntry);
    case "edgewise":
      return documents(edgewiseEvents(), onEntry);
  }
}

function documents<T>(read: (line: string) => T, onEntry: (event: T) => void): LineReader {
  const decoder = new TextDecoder();
  return {
    line(bytes, start, end) {
      if (!isEmpty(bytes, start, end)) onEntry(read(decoder.decode(bytes.subarray(start, end))));
    },
    end() {},
  };
}
