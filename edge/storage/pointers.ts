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
export const writeDirectoryPointer = (bucket: R2Bucket, pointer: DirectoryPointer): Promise<void> =>
  write(bucket, DIRECTORY, pointer);

/** What a version published last; null before it has. */
export const readPublication = (bucket: R2Bucket, model: string, version: number): Promise<Publication | null> =>
  read(bucket, publicationKey(model, version));
export const writePublication = (bucket: R2Bucket, publication: Publication): Promise<void> =>
  write(bucket, publicationKey(publication.model, publication.version), publication);

async function read<T>(bucket: R2Bucket, key: string): Promise<T | null> {
  const object = await bucket.get(key);
  return object && (await object.json<T>());
}

async function write(bucket: R2Bucket, key: string, value: unknown): Promise<void> {
  await bucket.put(key, JSON.stringify(value), { httpMetadata: { contentType: "application/json" } });
}
