import { MAX_BODY_BYTES } from "../../shared/spec/limits.ts";
import { ProblemError } from "./problem.ts";

const tooLarge = () =>
  new ProblemError(413, `The body has more than ${MAX_BODY_BYTES} bytes`, [
    { field: "body", message: `must have at most ${MAX_BODY_BYTES} bytes` },
  ]);

/**
 * Reads a request's body, and stops at the limit, whatever the request says about its length.
 * @throws ProblemError 413
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body)
    for await (const chunk of request.body as ReadableStream<Uint8Array>) {
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
