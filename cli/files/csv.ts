import { parse as parseWhole } from "csv-parse/sync";
import { UsageError } from "../command.ts";
import { textChunks } from "./chunks.ts";
import { InputError } from "./input-error.ts";
import { LineSplitter } from "./lines.ts";
import { decodeText, NotUtf8, TO_UTF8 } from "./utf8.ts";

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

const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads a table (RFC 4180), its header first; gzipped ones are unpacked. Empty lines are skipped. Of a row that is none its first line is left out, and reading goes on with the next.
 * @param file or `-` for standard input. @param name what to call it in messages. @param onProblem is told of what is left out; without it that ends the reading.
 * @throws UsageError naming the line that is wrong; of the system what it says of the file.
 */
export async function* readCsv(
  file: string,
  name: string,
  { delimiter, hasComments = false, isRagged = false }: Dialect = { delimiter: "," },
  onProblem: (line: number, error: InputError) => void = (line, { message }) => {
    throw new UsageError(`${name}, line ${line}: ${message}`);
  },
): AsyncGenerator<CsvRow> {
  let rows: CsvRow[] = [];
  let columns = 0;
  const leaveOut = (line: number, error: InputError): void => {
    // Without its header nothing of a table can be read.
    if (columns > 0) onProblem(line, error);
    else
      throw new UsageError(`${name}, line ${line}: ${error.message}${error instanceof NotUtf8 ? `. ${TO_UTF8}` : ""}`);
  };
  const reader = new RowReader(delimiter, hasComments, leaveOut, (line, cells) => {
    columns ||= cells.length;
    if (isRagged || cells.length === columns) rows.push({ line, cells });
    else leaveOut(line, new InputError(`there are ${cells.length} cells, but ${columns} columns`));
  });
  let splitter: LineSplitter | null = null;
  for await (const chunk of textChunks(file)) {
    splitter ??= new LineSplitter((bytes, start, end) => reader.line(bytes.subarray(start, end)), endOfLines(chunk));
    splitter.add(chunk);
    const read = rows;
    rows = [];
    yield* read;
  }
  splitter?.end();
  reader.end();
  yield* rows;
}

/** What old programs end lines with is a return alone. */
function endOfLines(start: Buffer): number {
  const [first, line] = [start.indexOf(RETURN), start.indexOf(NEWLINE)];
  return first >= 0 && (line < 0 ? first < start.length - 1 : first < line - 1) ? RETURN : NEWLINE;
}

/** So many lines may be in one cell, and letters in one row. */
const MOST_LINES = 1000;
const MOST_LETTERS = 2 ** 22;

type Line = { number: number; text: string };

/** Puts lines together to rows. Each line is looked at once, and of a row that is none once more. */
class RowReader {
  readonly #delimiter: string;
  readonly #hasComments: boolean;
  readonly #onProblem: (line: number, error: InputError) => void;
  readonly #onRow: (line: number, cells: string[]) => void;
  #number = 0;
  /** Lines of a row in which a quote is open, and what has been read of it. */
  #open: Line[] = [];
  #row = newRow();
  #letters = 0;

  constructor(
    delimiter: string,
    hasComments: boolean,
    onProblem: (line: number, error: InputError) => void,
    onRow: (line: number, cells: string[]) => void,
  ) {
    this.#delimiter = delimiter;
    this.#hasComments = hasComments;
    this.#onProblem = onProblem;
    this.#onRow = onRow;
  }

  line(bytes: Uint8Array): void {
    const number = ++this.#number;
    let text: string;
    try {
      text = decodeText(bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#giveUp();
      this.#onProblem(number, error);
      return;
    }
    this.#read({ number, text });
  }

  /** What is still open is closed nowhere. */
  end(): void {
    while (this.#open.length > 0) this.#giveUp();
  }

  #read(line: Line): void {
    const isFirst = this.#open.length === 0;
    if (isFirst && (isBlank(line.text) || (this.#hasComments && line.text.startsWith("#")))) return;
    this.#open.push(line);
    this.#letters += line.text.length;
    const state = readCells(line.text, this.#delimiter, this.#row);
    if (state === "broken")
      this.#giveUp("a quote is not where one can be (in a cell that has quotes around it, it is doubled)");
    else if (state === "whole") {
      const { cells } = this.#row;
      this.#clear();
      this.#onRow(line.number, cells);
    } else if (this.#open.length > MOST_LINES || this.#letters > MOST_LETTERS) this.#giveUp();
  }

  /**
   * Leaves out the first line that is open, and reads the others again. None of them is open by itself: it would have
   * closed the quote.
   */
  #giveUp(problem = "a quote is opened, and closed nowhere"): void {
    const [first, ...others] = this.#open;
    if (first === undefined) return;
    this.#clear();
    this.#onProblem(first.number, new InputError(problem));
    for (const line of others) this.#read(line);
  }

  #clear(): void {
    this.#open = [];
    this.#row = newRow();
    this.#letters = 0;
  }
}

const isBlank = (text: string): boolean => text === "" || text === "\r";

/** What has been read of a row. `open`: the parts of the cell whose quote is open; null: none is. */
type Row = { cells: string[]; open: string[] | null };

const newRow = (): Row => ({ cells: [], open: null });

/** Reads a line, or one more, of a row. Is it whole, or is a quote in it still open, or where none can be? */
function readCells(line: string, delimiter: string, row: Row): "whole" | "open" | "broken" {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!text.includes('"') && row.open === null) {
    row.cells = text.split(delimiter);
    return "whole";
  }
  for (let start = 0; ; start++) {
    if (row.open !== null || text[start] === '"') {
      let from = row.open === null ? start + 1 : 0;
      row.open ??= [];
      let end = text.indexOf('"', from);
      for (; text[end + 1] === '"' && end >= 0; end = text.indexOf('"', from)) {
        row.open.push(text.slice(from, end + 1));
        from = end + 2;
      }
      if (end < 0) {
        row.open.push(line.slice(from), "\n");
        return "open";
      }
      row.cells.push(row.open.join("") + text.slice(from, end));
      row.open = null;
      start = end + 1;
      if (start < text.length && !text.startsWith(delimiter, start)) return "broken";
    } else {
      const end = text.indexOf(delimiter, start);
      const cell = text.slice(start, end < 0 ? undefined : end);
      if (cell.includes('"')) return "broken";
      row.cells.push(cell);
      start += cell.length;
    }
    if (start >= text.length) return "whole";
  }
}

const SETTINGS = { relax_column_count: true, skip_empty_lines: true } as const;

/** The cells of a line by itself, such as a header; null when it can be none of a table. */
export function cellsOf(line: string, delimiter: string): string[] | null {
  try {
    return (parseWhole(line, { ...SETTINGS, delimiter })[0] as string[] | undefined) ?? [];
  } catch {
    return null;
  }
}
