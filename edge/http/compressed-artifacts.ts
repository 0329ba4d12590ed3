import { gzipped } from "./gzip-response.ts";

/** The largest artifact that is compressed, bytes: what is larger is a graph, whose weights are hardly made smaller, and takes too long. */
export const MAX_COMPRESSED = 2 * 1024 * 1024;
/** What an isolate keeps of them, bytes. */
const ROOM = 8 * 1024 * 1024;

/** As gzip, by hash, the one that was asked for last at the end: what many pages load is compressed once an isolate. */
const kept = new Map<string, Uint8Array<ArrayBuffer>>();
let size = 0;

/** An artifact as gzip. @param body the artifact as it is; it is cancelled where it is not needed. */
export async function compressedArtifact(
  sha256: string,
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const known = kept.get(sha256);
  if (known) await body.cancel();
  const bytes = known ?? new Uint8Array(await new Response(gzipped(body)).arrayBuffer());
  // Another call may have kept it meanwhile.
  size -= kept.get(sha256)?.length ?? 0;
  kept.delete(sha256);
  kept.set(sha256, bytes);
  size += bytes.length;
  for (const [name, { length }] of kept) {
    if (size <= ROOM) break;
    kept.delete(name);
    size -= length;
  }
  return bytes;
}
