import { MAX_BODY_BYTES } from "../../../shared/contract/limits.ts";
import { fieldProblem, ProblemError } from "../../intake/problem.ts";
import { BODY_TIMEOUT, LATE_TIMER } from "../limits.ts";
import { full, isFull } from "./admit.ts";

export const tooLarge = (): ProblemError =>
  new ProblemError(413, `The body has more than ${MAX_BODY_BYTES} bytes`, [
    { field: "body", message: `must have at most ${MAX_BODY_BYTES} bytes` },
  ]);

const tooSlow = () =>
  new ProblemError(408, `The body did not come within ${BODY_TIMEOUT / 1000} seconds`, [
    { field: "body", message: `must come within ${BODY_TIMEOUT / 1000} seconds` },
  ]);

/**
 * Reads a request's body, and stops at the limits of size and time, whatever the request says about its length.
 * @throws ProblemError 400, 408 or 413; 503 when it is the edge that was slow
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (!request.body) return new Uint8Array();
  let timer: number | null = null;
  const due = Date.now() + BODY_TIMEOUT;
  const late = new Promise<never>((_, reject) => {
    // Who has been kept waiting by the edge is not told that they were slow.
    timer = setTimeout(() => reject(isFull() || Date.now() > due + LATE_TIMER ? full() : tooSlow()), BODY_TIMEOUT);
  });
  try {
    return await Promise.race([announced === null ? readAll(request.body) : readAnnounced(request), late]);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // The sender has gone: its doing, and nothing for the log of the edge's failures.
    throw fieldProblem(400, "body", "ended before it was complete");
  } finally {
    clearTimeout(timer);
  }
}

/** HTTP holds the sender to the length it announced, so the runtime may gather the body: that takes half the time. */
async function readAnnounced(request: Request): Promise<Uint8Array> {
  const body = await request.bytes();
  if (body.length > MAX_BODY_BYTES) throw tooLarge();
  return body;
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
