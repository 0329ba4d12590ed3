import { MAX_BODY_BYTES } from "../../../shared/contract/limits.ts";
import { fieldProblem, type ProblemError } from "../../intake/problem.ts";
import { tooLarge } from "./body-limit.ts";

/** Bytes of a gzip file's header and trailer. */
const LEAST = 18;

const notGzip = (): ProblemError => fieldProblem(400, "body", "is not valid gzip");

/**
 * To how many bytes a gzip body unpacks, as it says at its end (RFC 1952, ISIZE): so it is known before any memory is spent on that.
 * @throws ProblemError 400, or 413 when it is more than a body may have.
 */
export function unpackedSize(body: Uint8Array): number {
  if (body.length < LEAST || body[0] !== 0x1f || body[1] !== 0x8b) throw notGzip();
  const size = new DataView(body.buffer, body.byteOffset).getUint32(body.length - 4, true);
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return size;
}

/** Unpacks a gzip body, as far as it has said that it does. @throws ProblemError 400 when it is another size, or no gzip. */
export async function unpacked(body: Uint8Array, size: number): Promise<Uint8Array> {
  const stream = new Blob([body as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(size);
  let length = 0;
  try {
    for await (const chunk of stream as ReadableStream<Uint8Array>) {
      // Leaving the loop ends the stream.
      if (length + chunk.length > size) throw notGzip();
      bytes.set(chunk, length);
      length += chunk.length;
    }
  } catch {
    throw notGzip();
  }
  if (length !== size) throw notGzip();
  return bytes;
}
