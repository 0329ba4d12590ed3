import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Publication } from "../../shared/contract/publication.ts";

/**
 * The few things in the store that move: which directory is the newest, and what each version has published last. Each has one writer, a
 * Durable Object; R2 is strongly consistent, so whoever reads sees what was written last.
 */

/** Points to the newest directory. */
export type DirectoryPointer = ArtifactPointer & { format: number; number: number };

const DIRECTORY = "pointers/directory";
const publicationKey = (model: string, version: number): string => `pointers/versions/${model}/${version}`;

export const readDirectoryPointer = (bucket: R2Bucket): Promise<DirectoryPointer | null> => read(bucket, DIRECTORY);

/**
 * Moves the pointer to a directory, unless it leads to that one, or another of its number or above, already: it only ever rises, also when a
 * write of an object that is no more arrives late.
 * @returns where it leads now.
 * @throws Error when somebody else moved it meanwhile.
 */
export async function raiseDirectoryPointer(bucket: R2Bucket, pointer: DirectoryPointer): Promise<DirectoryPointer> {
  const object = await bucket.get(DIRECTORY);
  const there = object && (await object.json<DirectoryPointer>());
  if (there && there.number >= pointer.number) return there;
  const onlyIf = object ? { etagMatches: object.etag } : { etagDoesNotMatch: "*" };
  const put = await bucket.put(DIRECTORY, JSON.stringify(pointer), { onlyIf, httpMetadata: JSON_TYPE });
  if (!put) throw new Error("the pointer to the directory was moved by another meanwhile");
  return pointer;
}

/** What a version published last; null before it has. */
export const readPublication = (bucket: R2Bucket, model: string, version: number): Promise<Publication | null> =>
  read(bucket, publicationKey(model, version));
export const writePublication = (bucket: R2Bucket, publication: Publication): Promise<void> =>
  write(bucket, publicationKey(publication.model, publication.version), publication);

async function read<T>(bucket: R2Bucket, key: string): Promise<T | null> {
  const object = await bucket.get(key);
  return object && (await object.json<T>());
}

const JSON_TYPE = { contentType: "application/json" };

async function write(bucket: R2Bucket, key: string, value: unknown): Promise<void> {
  await bucket.put(key, JSON.stringify(value), { httpMetadata: JSON_TYPE });
}
