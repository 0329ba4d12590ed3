import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { markLength, TELLING } from "./file-kind.ts";

/** Told how many more bytes of a file were read. */
export type OnRead = (bytes: number) => void;

const GZIP = [0x1f, 0x8b];

/**
 * The text that is in a file, or comes from standard input (`-`): unpacked, when it begins as gzip does, and without its byte order mark. A chunk is only valid until the next is asked for.
 * @param onRead is told of the bytes of the file, packed as they are.
 * @throws FileKindError naming the format of what is no text; of what is packed what is wrong with it.
 */
export async function* textChunks(file: string, onRead: OnRead = () => {}): AsyncGenerator<Buffer> {
  const chunks = unpackedChunks(file, onRead);
  try {
    const first = await atLeast(chunks, TELLING);
    if (first === null) return;
    const mark = markLength(first);
    if (mark < first.length) yield first.subarray(mark);
    for await (const chunk of chunks) yield chunk;
  } finally {
    await chunks.return(undefined);
  }
}

async function* unpackedChunks(file: string, onRead: OnRead): AsyncGenerator<Buffer> {
  const standardInput = file === "-" || file === "/dev/stdin";
  const chunks: AsyncIterator<Buffer> = standardInput ? process.stdin[Symbol.asyncIterator]() : chunksOf(file);
  const first = await atLeast(chunks, GZIP.length);
  const all = async function* () {
    try {
      for (let chunk = first; chunk !== null; chunk = await next(chunks)) {
        onRead(chunk.length);
        yield chunk;
      }
    } finally {
      // Where a line could not be read, nobody asks for the rest of the file, but it is open.
      await chunks.return?.();
    }
  };
  if (first !== null && GZIP.every((byte, i) => first[i] === byte)) {
    const unpacked = new PassThrough();
    const unpacking = pipeline(copies(all()), createGunzip(), unpacked);
    // Whoever reads is told of the error first; this one is for the case that nobody reads.
    unpacking.catch(() => {});
    try {
      yield* unpacked;
      await unpacking;
    } catch (error) {
      throw packingError(error);
    }
  } else yield* all();
}

/** An error of unpacking, with what to do: what came before it is no sample of the file. */
function packingError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code?.startsWith("Z_")) return error;
  const state = code === "Z_BUF_ERROR" ? "cut off, or still being written" : "damaged";
  return Object.assign(new Error(`${message}. The gzip file is ${state}: copy it again (gzip -t FILE checks it)`), {
    code,
  });
}

async function next(chunks: AsyncIterator<Buffer>): Promise<Buffer | null> {
  const { done, value } = await chunks.next();
  return done ? null : value;
}

/** The first chunks as one of so many bytes, or more, or all there are; null where there are none. A pipe may give them one by one. */
async function atLeast(chunks: AsyncIterator<Buffer>, bytes: number): Promise<Buffer | null> {
  let start = await next(chunks);
  while (start !== null && start.length < bytes) {
    const copy = Buffer.from(start);
    const more = await next(chunks);
    if (more === null) return copy;
    start = Buffer.concat([copy, more]);
  }
  return start;
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
