import { UsageError } from "../command.ts";
import { isEmpty } from "../vw/events.ts";
import { InputError } from "../vw/input-error.ts";
import { readLines } from "../vw/lines.ts";
import { edgewiseEvents } from "./edgewise-events.ts";
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
  /** How many actions there are, where a line of VW's text is a decision; null: a line is an action. */
  actions: number | null;
};

/**
 * Reads the decisions of a log in their order.
 * @param onRead is told how many more bytes of the file were read.
 * @throws UsageError naming the line that cannot be read, or the file.
 */
export async function readLog(
  source: LogSource,
  onEvent: (event: LogEvent) => void,
  onRead: (bytes: number) => void = () => {},
): Promise<void> {
  let line = 0;
  let reader: LineReader | null = null;
  try {
    await readLines(
      source.file,
      (bytes, start, end) => {
        line++;
        if (reader === null) {
          if (isEmpty(bytes, start, end)) return;
          reader = readerOf(source, Buffer.from(bytes.subarray(start, end)).toString(), onEvent);
        }
        reader.line(bytes, start, end);
      },
      onRead,
    );
    (reader as LineReader | null)?.end();
  } catch (error) {
    if (error instanceof InputError || error instanceof RangeError)
      throw new UsageError(`${source.name}, line ${line}: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code === "string") throw new UsageError(`${source.name} cannot be read: ${message}`);
    throw error;
  }
}

function readerOf({ format, actions }: LogSource, firstLine: string, onEvent: (event: LogEvent) => void): LineReader {
  switch (format ?? recognise(firstLine)) {
    case "vw":
      return actions === null ? actionLines(onEvent) : decisionLines(actions, onEvent);
    case "json":
      return documents(jsonEvents(), onEvent);
    case "dsjson":
      return documents(dsjsonEvents(), onEvent);
    case "edgewise":
      return documents(edgewiseEvents(), onEvent);
  }
}

function documents(read: (line: string) => LogEvent, onEvent: (event: LogEvent) => void): LineReader {
  const decoder = new TextDecoder();
  return {
    line(bytes, start, end) {
      if (!isEmpty(bytes, start, end)) onEvent(read(decoder.decode(bytes.subarray(start, end))));
    },
    end() {},
  };
}
