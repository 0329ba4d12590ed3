import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { hex } from "./hex.ts";

/** The artifact store: immutable files named by the SHA-256 of their content (DESIGN, rule 4). */

const BYTES = { contentType: "application/octet-stream" };
const keyOf = (sha256: string): string => `artifacts/${sha256}`;

/** Lower-case hex of the SHA-256 of bytes. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/**
 * Stores an artifact; storing it again changes nothing.
 * @param model that it is part of, if it is of one. @param more that stands beside it (labelledArtifacts).
 */
export async function putArtifact(
  bucket: R2Bucket,
  bytes: Uint8Array,
  model?: string,
  more: Record<string, string> = {},
): Promise<ArtifactPointer> {
  const sha256 = await sha256Hex(bytes);
  const customMetadata = model === undefined ? more : { model, ...more };
  await bucket.put(keyOf(sha256), bytes, { sha256, httpMetadata: BYTES, customMetadata });
  return { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length };
}

/**
 * Stores an artifact that streams in.
 * @returns false when it does not have the hash that it came under; it is not in the store then.
 */
export async function storeArtifact(
  bucket: R2Bucket,
  sha256: string,
  body: ReadableStream<Uint8Array>,
  length: number,
): Promise<boolean> {
  // What is there already has the hash: whoever comes second does not overwrite it.
  if (await bucket.head(keyOf(sha256))) {
    await body.cancel();
    return true;
  }
  const { readable, writable } = new FixedLengthStream(length);
  const piped = body.pipeTo(writable);
  try {
    await Promise.all([bucket.put(keyOf(sha256), readable, { sha256, httpMetadata: BYTES }), piped]);
    return true;
  } catch (error) {
    // R2 compares the hash, and says only in words that it differs.
    if (/checksum|hash|sha-?256/i.test(String(error))) return false;
    throw error;
  }
}

/** All artifacts with what stands beside them: a call of the store for each thousand that there are, of whatever model. */
export async function* labelledArtifacts(
  bucket: R2Bucket,
): AsyncGenerator<{ sha256: string; bytes: number; labels: Record<string, string> }> {
  const prefix = keyOf("");
  let page: R2Objects | null = null;
  do {
    page = await bucket.list({
      ...{ prefix, include: ["customMetadata"] },
      ...(page?.truncated && { cursor: page.cursor }),
    });
    for (const { key, size, customMetadata = {} } of page.objects)
      yield { sha256: key.slice(prefix.length), bytes: size, labels: customMetadata };
  } while (page.truncated);
}

export async function getArtifact(bucket: R2Bucket, sha256: string): Promise<R2ObjectBody | null> {
  return bucket.get(keyOf(sha256));
}

/** Whether an artifact can be read: on a machine's disk its entry may be there and its bytes not. */
export async function hasArtifact(bucket: R2Bucket, sha256: string): Promise<boolean> {
  const artifact = await getArtifact(bucket, sha256);
  await artifact?.body.cancel();
  return artifact !== null;
}

export async function deleteArtifacts(bucket: R2Bucket, hashes: readonly string[]): Promise<void> {
  if (hashes.length > 0) await bucket.delete(hashes.map(keyOf));
}
