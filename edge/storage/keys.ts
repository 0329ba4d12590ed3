import { z } from "zod";
import { keyId, keyKind } from "../../shared/contract/key.ts";
import { timestamp } from "../../shared/contract/values.ts";
import { sha256Hex } from "./artifacts.ts";
import { type Pointer, raisePointer, readPointer } from "./pointers.ts";

/**
 * What isolates know of the keys: an immutable file, and a pointer to the newest. It lies apart from the artifacts, where no route leads to it, and has
 * hashes only.
 */

/** A key without its text. */
const storedKey = z.object({
  id: keyId,
  kind: keyKind,
  /** SHA-256 of the whole key, lower-case hex. */
  hash: z.string(),
  /** Models that it is for; null: all. */
  models: z.array(z.string()).nullable(),
  /** Origins of the pages that a publishable key stands in; none of a secret one. */
  origins: z.array(z.string()),
  /** Most requests a minute; null: no limit of its own. */
  rate: z.number().nullable(),
  /** It is no longer taken from then on, ms since the epoch; null: for ever. */
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
});
export type StoredKey = z.infer<typeof storedKey>;

const keysDocument = z.object({ format: z.number(), number: z.number(), keys: z.array(storedKey) });
/** All keys that there were, also those that are no longer taken. `number` rises with every change. */
export type KeysDocument = z.infer<typeof keysDocument>;

const POINTER = "pointers/keys";
const objectKey = (sha256: string): string => `keys/${sha256}`;

export const readKeysPointer = (bucket: R2Bucket): Promise<Pointer | null> => readPointer(bucket, POINTER);

/**
 * The newest keys.
 * @param known number of those that the caller has.
 * @returns null when they are those, or nobody has made a key yet. @throws Error when the pointer leads to nothing.
 */
export async function readKeys(bucket: R2Bucket, known: number): Promise<KeysDocument | null> {
  const pointer = await readKeysPointer(bucket);
  if (!pointer || pointer.number === known) return null;
  const object = await bucket.get(objectKey(pointer.sha256));
  if (!object) throw new Error(`the keys of number ${pointer.number} are not in the store: ${pointer.sha256}`);
  return keysDocument.parse(await object.json());
}

/** Stores keys and moves the pointer to them, unless it leads to those of a higher number. @returns where it leads now. */
export async function writeKeys(bucket: R2Bucket, keys: KeysDocument): Promise<Pointer> {
  const bytes = new TextEncoder().encode(JSON.stringify(keys));
  const sha256 = await sha256Hex(bytes);
  await bucket.put(objectKey(sha256), bytes, { sha256, httpMetadata: { contentType: "application/json" } });
  return raisePointer(bucket, POINTER, { format: keys.format, number: keys.number, sha256 });
}

/** Whether the file that a pointer leads to can be read. */
export async function hasKeys(bucket: R2Bucket, { sha256 }: Pick<Pointer, "sha256">): Promise<boolean> {
  const object = await bucket.get(objectKey(sha256));
  await object?.body.cancel();
  return object !== null;
}
