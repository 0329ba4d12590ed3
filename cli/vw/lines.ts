import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
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
  const splitter = new LineSplitter(onLine);
  const chunks: AsyncIterator<Buffer> = standardInput ? process.stdin[Symbol.asyncIterator]() : chunksOf(file);
  let first = await chunks.next();
  // Two bytes tell gzip from text; a pipe may give them one by one.
  while (!first.done && first.value.length < GZIP.length) {
    const start = Buffer.from(first.value);
    const more = await chunks.next();
    first = { done: false, value: more.done ? start : Buffer.concat([start, more.value]) };
    if (more.done) break;
  }
  const rest = async function* () {
    try {
      for (let chunk = first; !chunk.done; chunk = await chunks.next()) {
        onRead(chunk.value.length);
        yield chunk.value;
      }
    } finally {
      // Where a line could not be read, nobody asks for the rest of the file, but it is open.
      await chunks.return?.();
    }
  };
  if (!first.done && GZIP.every((byte, i) => first.value![i] === byte)) {
    const unpacked = new PassThrough();
    const unpacking = pipeline(copies(rest()), createGunzip(), unpacked);
    // Whoever reads is told of the error first; this one is for the case that nobody reads.
    unpacking.catch(() => {});
    for await (const chunk of unpacked) splitter.add(chunk as Buffer);
    await unpacking;
  } else for await (const chunk of rest()) splitter.add(chunk);
  splitter.end();
}

/** Bytes that are read at once: so many that reading does not count, and so few that they stay in the processor's cache. */
const CHUNK = 2 ** 18;

/** The bytes of a file, each chunk in the same memory: a stream would allocate all of the file, piece by piece. */
export async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const read = async () => (await handle.read(chunk, 0, CHUNK)).bytesRead;
    for (let bytes = await read(); bytes > 0; bytes = await read()) yield chunk.subarray(0, bytes);
  } finally {
    await handle.close();
  }
}

/** For who reads ahead. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
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
    if (start < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(start)));
  }

  end(): void {
    if (this.#rest.length === 0) return;
    const line = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#onLine(line, 0, line.length);
  }
}
