import { UsageError } from "../command.ts";
import { isEmpty } from "../vw/events.ts";
import { InputError } from "../vw/input-error.ts";
import { readLines } from "../vw/lines.ts";
import { csvLines } from "./csv-events.ts";
import { edgewiseEvents, type LoggedPrediction, readPrediction } from "./edgewise-events.ts";
import { dsjsonEvents, jsonEvents } from "./json-events.ts";
import type { LogEvent } from "./log-event.ts";
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
export const readLog = (source: LogSource, onEvent: (event: LogEvent) => void): Promise<void> =>
  readWith(source, (firstLine) => eventReader(source, firstLine, onEvent));

/**
 * Reads the predictions of a log of Edgewise in their order.
 * @throws UsageError naming the line that cannot be read, or the file.
 */
export const readPredictions = (
  source: LogSource,
  onPrediction: (prediction: LoggedPrediction) => void,
): Promise<void> =>
  readWith(source, (firstLine) => {
    const format = source.format ?? recognise(firstLine);
    if (format !== "edgewise")
      throw new InputError(`predictions can be read from Edgewise's own logs (edgewise export), not from ${format}`);
    return documents(readPrediction, onPrediction);
  });

/** @param makeReader is given the first line that is not empty. */
async function readWith(source: LogSource, makeReader: (firstLine: string) => LineReader): Promise<void> {
  let line = 0;
  const readers: LineReader[] = [];
  try {
    await readLines(
      source.file,
      (bytes, start, end) => {
        line++;
        if (readers.length === 0) {
          if (isEmpty(bytes, start, end)) return;
          readers.push(makeReader(Buffer.from(bytes.subarray(start, end)).toString()));
        }
        readers[0]!.line(bytes, start, end);
      },
      () => {},
    );
    readers[0]?.end();
  } catch (error) {
    if (error instanceof InputError || error instanceof RangeError)
      throw new UsageError(`${source.name}, line ${line}: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code === "string") throw new UsageError(`${source.name} cannot be read: ${message}`);
    throw error;
  }
}

function eventReader(
  { format, actions }: LogSource,
  firstLine: string,
  onEvent: (event: LogEvent) => void,
): LineReader {
  const known = format ?? recognise(firstLine);
  if (actions !== null && known !== "vw" && known !== "csv")
    throw new InputError(`--actions is for VW's text and for tables, and this is ${known}`);
  switch (known) {
    case "vw":
      return actions === null ? actionLines(onEvent) : decisionLines(actions, onEvent);
    case "csv":
      return csvLines(actions, onEvent);
    case "json":
      return documents(jsonEvents(), onEvent);
    case "dsjson":
      return documents(dsjsonEvents(), onEvent);
    case "edgewise":
      return documents(edgewiseEvents(), onEvent);
  }
}

function documents<T>(read: (line: string) => T, onEvent: (event: T) => void): LineReader {
  const decoder = new TextDecoder();
  return {
    line(bytes, start, end) {
      if (!isEmpty(bytes, start, end)) onEvent(read(decoder.decode(bytes.subarray(start, end))));
    },
    end() {},
  };
}
