import { createReadStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const NEWLINE = 10;
const GZIP = [0x1f, 0x8b];

/** A line, without its end: the bytes from `start` to before `end`. They are only valid during the call. */
export type OnLine = (bytes: Uint8Array, start: number, end: number) => void;

/**
 * Reads a file, or standard input (`-`), line by line; gzipped input is unpacked.
 * @param onRead is told how many more bytes of the file were read.
 */
export async function readLines(file: string, onLine: OnLine, onRead: (bytes: number) => void): Promise<void> {
  const standardInput = file === "-" || file === "/dev/stdin";
  const source: Readable = standardInput ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 });
  const splitter = new LineSplitter(onLine);
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first = await chunks.next();
  // Two bytes tell gzip from text; a pipe may give them one by one.
  while (!first.done && first.value.length < GZIP.length) {
    const more = await chunks.next();
    if (more.done) break;
    first = { done: false, value: Buffer.concat([first.value, more.value]) };
  }
  const rest = async function* () {
    for (let chunk = first; !chunk.done; chunk = await chunks.next()) {
      onRead(chunk.value.length);
      yield chunk.value;
    }
  };
  if (!first.done && GZIP.every((byte, i) => first.value![i] === byte)) {
    const unpacked = new PassThrough();
    const unpacking = pipeline(rest(), createGunzip(), unpacked);
    // Whoever reads is told of the error first; this one is for the case that nobody reads.
    unpacking.catch(() => {});
    for await (const chunk of unpacked) splitter.add(chunk as Buffer);
    await unpacking;
  } else for await (const chunk of rest()) splitter.add(chunk);
  splitter.end();
}

/** Cuts chunks into lines. */
class LineSplitter {
  readonly #onLine: OnLine;
  /** What came after the last line's end. */
  #rest: Buffer[] = [];

  constructor(onLine: OnLine) {
    this.#onLine = onLine;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#rest.length > 0) {
        this.#rest.push(chunk.subarray(start, end));
        this.end();
      } else this.#onLine(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }

  end(): void {
    if (this.#rest.length === 0) return;
    const line = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#onLine(line, 0, line.length);
  }
}
