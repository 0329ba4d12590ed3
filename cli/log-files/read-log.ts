import { murmur3 } from "../../shared/math/murmur3.ts";
import { UsageError } from "../command.ts";
import { readCsv } from "../files/csv.ts";
import { InputError, quoted } from "../files/input-error.ts";
import { LineProblems, type OnUnusable } from "../files/line-problems.ts";
import { type LineReader, readThrough } from "../files/line-reader.ts";
import { firstLines, isEmpty } from "../files/lines.ts";
import { readingError } from "../files/reading-error.ts";
import { decodeText } from "../files/utf8.ts";
import { lineWithoutDecision } from "../vw/line-without-decision.ts";
import { csvEvents } from "./csv-events.ts";
import { edgewiseEvents, type LoggedPrediction, readPrediction } from "./edgewise-events.ts";
import type { FileEntry } from "./file-entry.ts";
import { dsjsonEvents, jsonEvents } from "./json-events.ts";
import { isPreamble, type LogFormat, recognise, TELLING_LINES } from "./log-format.ts";
import { type TableMake, tableMake } from "./table-make.ts";
import { actionLines, decisionLines } from "./text-events.ts";

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
  /** Whether the first line that cannot be used ends the reading. */
  strict: boolean;
};

/** A decision that came before in its log. */
export class RepeatedDecision extends InputError {
  constructor(id: string) {
    super(`the decision ${quoted(id)} came before in this log`);
  }
}

/**
 * Reads the decisions of a log in their order, each with the line on which it ends.
 * @param onUnusable is told what is wrong with a line that is left out.
 * @returns the lines that could not be used.
 * @throws UsageError naming the file, or the first line that cannot be used where the source is strict.
 */
export async function readLog(
  source: LogSource,
  onEntry: (event: FileEntry, line: number) => void,
  onUnusable?: OnUnusable,
): Promise<LineProblems> {
  const problems = new LineProblems(source.name, source.strict, onUnusable);
  const format = await formatOf(source);
  if (source.actions !== null && format !== "vw" && format !== "csv")
    throw new UsageError(`${source.name}, line 1: --actions is for VW's text and for tables, and this is ${format}`);
  const known = new Set<number>();
  const onDecision = (event: FileEntry, line: number): void => {
    if (event.id !== null) {
      const key = keyOf(event.id);
      if (known.has(key)) throw new RepeatedDecision(event.id);
      if (known.size < MOST_KNOWN) known.add(key);
    }
    onEntry(event, line);
  };
  if (format === "csv") await readTable(source, problems, onDecision);
  else
    await readThrough(source, problems, (at) =>
      eventReader(format, source.actions, { problems, at }, (event) => onDecision(event, at())),
    );
  return problems;
}

/** Of so many decisions it is known that they came: some 500 MB, and a set cannot have twice as many. A decision that comes again comes soon, or all of the log does. */
const MOST_KNOWN = 10_000_000;

/** An id in 53 bits: of ten million hardly two are alike. */
const keyOf = (id: string): number => murmur3(id, 1) * 2 ** 21 + (murmur3(id, 2) >>> 11);

/**
 * Reads the predictions of a log of Edgewise in their order.
 * @returns the lines that could not be used.
 * @throws UsageError naming the file, or the first line that cannot be used where the source is strict.
 */
export async function readPredictions(
  source: LogSource,
  onPrediction: (prediction: LoggedPrediction) => void,
): Promise<LineProblems> {
  const problems = new LineProblems(source.name, source.strict);
  const format = await formatOf(source);
  if (format !== "edgewise")
    throw new UsageError(
      `${source.name}, line 1: predictions can be read from Edgewise's own logs (edgewise export), not from ${format}`,
    );
  await readThrough(source, problems, () => documents(readPrediction, onPrediction));
  return problems;
}

/** As it was said, or by its first lines that are not the service's own; an empty file is one of VW's text. */
async function formatOf({ file, name, format }: LogSource): Promise<LogFormat> {
  try {
    const lines = await firstLines(file, TELLING_LINES, (line) => !isPreamble(line));
    return format ?? recognise(lines);
  } catch (error) {
    throw readingError(name, 0, error);
  }
}

/** How the tables are made that were read: a log is read twice. */
const makes = new WeakMap<LogSource, TableMake>();

async function readTable(
  source: LogSource,
  problems: LineProblems,
  onEntry: (event: FileEntry, line: number) => void,
): Promise<void> {
  const { file, name, actions } = source;
  let at = 0;
  try {
    const make = makes.get(source) ?? (await tableMake(file, name));
    makes.set(source, make);
    const read = csvEvents(actions, make);
    for await (const { line, cells } of readCsv(file, name, make.dialect, (line, error) =>
      problems.leaveOut(line, error),
    )) {
      at = line;
      try {
        const event = read(cells);
        if (event !== null) onEntry(event, line);
      } catch (error) {
        problems.leaveOut(line, error);
      }
    }
  } catch (error) {
    throw readingError(name, at, error);
  }
}

function eventReader(
  format: Exclude<LogFormat, "csv">,
  actions: number | null,
  { problems, at }: { problems: LineProblems; at: () => number },
  onEntry: (event: FileEntry) => void,
): LineReader {
  const onDoubt = (problem: string): void => problems.doubt(at(), problem);
  switch (format) {
    case "vw":
      return actions === null ? actionLines(onEntry, onDoubt) : decisionLines(actions, onEntry, onDoubt);
    case "json":
      return documents(jsonEvents(), onEntry);
    case "dsjson":
      return documents(
        dsjsonEvents(),
        (events) => {
          for (const event of events) onEntry(event);
        },
        (line) => isPassedOver(line, problems),
      );
    case "edgewise":
      return documents(edgewiseEvents(), onEntry);
  }
}

/** @param passesOver whether a line is none of a decision, and need not be one. */
function documents<T>(
  read: (line: string) => T,
  onEntry: (event: T) => void,
  passesOver: (line: string) => boolean = () => false,
): LineReader {
  return {
    line(bytes, start, end) {
      if (isEmpty(bytes, start, end)) return;
      const line = decodeText(bytes.subarray(start, end));
      if (!passesOver(line)) onEntry(read(line));
    },
    spoil() {},
    end() {},
  };
}

function isPassedOver(line: string, problems: LineProblems): boolean {
  const what = lineWithoutDecision(line);
  if (what !== null) problems.note(what);
  return what !== null;
}
