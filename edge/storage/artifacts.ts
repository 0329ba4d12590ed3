import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { hex } from "./hex.ts";

/** The artifact store: immutable files named by the SHA-256 of their content (DESIGN, rule 4). */

const keyOf = (sha256: string): string => `artifacts/${sha256}`;

/** Lower-case hex of the SHA-256 of bytes. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Stores an artifact; storing it again changes nothing. */
export async function putArtifact(bucket: R2Bucket, bytes: Uint8Array): Promise<ArtifactPointer> {
  const sha256 = await sha256Hex(bytes);
  await bucket.put(keyOf(sha256), bytes, { sha256, httpMetadata: { contentType: "application/octet-stream" } });
  return { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length };
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
