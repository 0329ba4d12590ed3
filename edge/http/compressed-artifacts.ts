import { Recent } from "../storage/recent.ts";
import { gzipped } from "./gzip-response.ts";

/** The largest artifact that is compressed, bytes: what is larger is a graph, whose weights are hardly made smaller, and takes too long. */
export const MAX_COMPRESSED = 2 * 1024 * 1024;
/** What an isolate keeps of them, bytes. */
const ROOM = 8 * 1024 * 1024;

/** As gzip, by hash: what many pages load is compressed once an isolate. */
const kept = new Recent<Uint8Array<ArrayBuffer>>(ROOM, ({ length }) => length);

/** An artifact as gzip. @param body the artifact as it is; it is cancelled where it is not needed. */
export async function compressedArtifact(
  sha256: string,
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const known = kept.get(sha256);
  if (known) {
    await body.cancel();
    return known;
  }
  const bytes = new Uint8Array(await new Response(gzipped(body)).arrayBuffer());
  kept.put(sha256, bytes);
  return bytes;
}
