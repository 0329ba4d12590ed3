import { type OnRead, textChunks } from "./chunks.ts";

const NEWLINE = 10;

/** A line, without its end: the bytes from `start` to before `end`. They are only valid during the call. */
export type OnLine = (bytes: Uint8Array, start: number, end: number) => void;

/** Reads a file, or standard input (`-`), line by line; gzipped input is unpacked. */
export async function readLines(file: string, onLine: OnLine, onRead?: OnRead): Promise<void> {
  const splitter = new LineSplitter(onLine);
  for await (const chunk of textChunks(file, onRead)) splitter.add(chunk);
  splitter.end();
}

/** The first line of a file that is not empty and is one of those that count; null when it has none. */
export async function firstLine(file: string, counts: (line: string) => boolean = () => true): Promise<string | null> {
  return (await firstLines(file, 1, counts))[0] ?? null;
}

/** So many of them, or all that there are. */
export async function firstLines(
  file: string,
  most: number,
  counts: (line: string) => boolean = () => true,
): Promise<string[]> {
  const found: string[] = [];
  const splitter = new LineSplitter((bytes, start, end) => {
    if (found.length === most || isEmpty(bytes, start, end)) return;
    const line = Buffer.from(bytes.subarray(start, end)).toString();
    if (counts(line)) found.push(line);
  });
  for await (const chunk of textChunks(file)) {
    splitter.add(chunk);
    if (found.length === most) return found;
  }
  splitter.end();
  return found;
}

/** The lines of a file, as text. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const lines: string[] = [];
  const splitter = new LineSplitter((bytes, start, end) => {
    lines.push(Buffer.from(bytes.subarray(start, end)).toString());
  });
  for await (const chunk of textChunks(file)) {
    splitter.add(chunk);
    yield* lines.splice(0);
  }
  splitter.end();
  yield* lines;
}

/** Whether a line has nothing but spaces. */
export function isEmpty(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x20) return false;
  return true;
}

/** Cuts chunks into lines. */
export class LineSplitter {
  readonly #onLine: OnLine;
  readonly #end: number;
  /** What came after the last line's end. */
  #rest: Buffer[] = [];

  /** @param end the byte that ends a line. */
  constructor(onLine: OnLine, end = NEWLINE) {
    this.#onLine = onLine;
    this.#end = end;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(this.#end); end >= 0; end = chunk.indexOf(this.#end, start)) {
      if (this.#rest.length > 0) {
        this.#rest.push(chunk.subarray(start, end));
        this.end();
      } else this.#onLine(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(start)));
  }

  end(): void {
    if (this.#rest.length === 0) return;
    const line = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#onLine(line, 0, line.length);
  }
}
