import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** Told how many more bytes of a file were read. */
export type OnRead = (bytes: number) => void;

const GZIP = [0x1f, 0x8b];

/**
 * What is in a file, or comes from standard input (`-`): unpacked, when it begins as gzip does. A chunk is only valid until the next is asked for.
 * @param onRead is told of the bytes of the file, packed as they are.
 */
export async function* unpackedChunks(file: string, onRead: OnRead = () => {}): AsyncGenerator<Buffer> {
  const standardInput = file === "-" || file === "/dev/stdin";
  const chunks: AsyncIterator<Buffer> = standardInput ? process.stdin[Symbol.asyncIterator]() : chunksOf(file);
  let first = await chunks.next();
  // Two bytes tell gzip from text; a pipe may give them one by one.
  while (!first.done && first.value.length < GZIP.length) {
    const start = Buffer.from(first.value);
    const more = await chunks.next();
    first = { done: false, value: more.done ? start : Buffer.concat([start, more.value]) };
    if (more.done) break;
  }
  const all = async function* () {
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
    const unpacking = pipeline(copies(all()), createGunzip(), unpacked);
    // Whoever reads is told of the error first; this one is for the case that nobody reads.
    unpacking.catch(() => {});
    yield* unpacked;
    await unpacking;
  } else yield* all();
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
export async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
