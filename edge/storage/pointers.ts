import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Publication } from "../../shared/contract/publication.ts";

/**
 * The few things in the store that move: which directory and which keys are the newest, and what each version has published last. Each has one writer, a
 * Durable Object; R2 is strongly consistent, so whoever reads sees what was written last.
 */

/** Points to the newest of something whose numbers rise. */
export type Pointer = { format: number; number: number; sha256: string };
/** Points to the newest directory. */
export type DirectoryPointer = ArtifactPointer & Pointer;

const DIRECTORY = "pointers/directory";
const VERSIONS = "pointers/versions/";
const publicationKey = (model: string, version: number): string => `${VERSIONS}${model}/${version}`;

export const readDirectoryPointer = (bucket: R2Bucket): Promise<DirectoryPointer | null> =>
  readPointer(bucket, DIRECTORY);

export const raiseDirectoryPointer = (bucket: R2Bucket, pointer: DirectoryPointer): Promise<DirectoryPointer> =>
  raisePointer(bucket, DIRECTORY, pointer);

export async function readPointer<T>(bucket: R2Bucket, key: string): Promise<T | null> {
  const object = await bucket.get(key);
  return object && (await object.json<T>());
}

/**
 * Moves a pointer to something, unless it leads to that one, or another of its number or above, already: it only ever rises, also when a
 * write of an object that is no more arrives late.
 * @returns where it leads now.
 * @throws Error when somebody else moved it meanwhile.
 */
export async function raisePointer<P extends Pick<Pointer, "number">>(
  bucket: R2Bucket,
  key: string,
  pointer: P,
): Promise<P> {
  const object = await bucket.get(key);
  const there = object && (await object.json<P>());
  if (there && there.number >= pointer.number) return there;
  const onlyIf = object ? { etagMatches: object.etag } : { etagDoesNotMatch: "*" };
  const put = await bucket.put(key, JSON.stringify(pointer), { onlyIf, httpMetadata: JSON_TYPE });
  if (!put) throw new Error(`the pointer ${key} was moved by another meanwhile`);
  return pointer;
}

/** What a version published last; null before it has. */
export const readPublication = (bucket: R2Bucket, model: string, version: number): Promise<Publication | null> =>
  readPointer(bucket, publicationKey(model, version));

/** The same, with what tells it from the next: to be given to `replacePublication`. */
export async function readPublicationPointer(
  bucket: R2Bucket,
  model: string,
  version: number,
): Promise<{ publication: Publication; etag: string } | null> {
  const object = await bucket.get(publicationKey(model, version));
  return object && { publication: await object.json<Publication>(), etag: object.etag };
}

/**
 * Moves a version's pointer, unless it is another by now than the one to replace: so a write that was taken for lost, and arrives when a later one is done, changes nothing.
 * @param etag of the pointer that is replaced; null: there is none. @returns the etag of the new one.
 * @throws Error when it is another.
 */
export async function replacePublication(
  bucket: R2Bucket,
  publication: Publication,
  etag: string | null,
): Promise<string> {
  const key = publicationKey(publication.model, publication.version);
  const onlyIf = etag === null ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
  const put = await bucket.put(key, JSON.stringify(publication), { onlyIf, httpMetadata: JSON_TYPE });
  if (!put) throw new Error(`the pointer ${key} is not the one that was to be replaced`);
  return put.etag;
}

/** The highest number of each model's versions that have ever published anything. */
export async function highestPublished(bucket: R2Bucket): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  let page: R2Objects | null = null;
  do {
    page = await bucket.list({ prefix: VERSIONS, ...(page?.truncated && { cursor: page.cursor }) });
    for (const { key } of page.objects) {
      const [model = "", version] = key.slice(VERSIONS.length).split("/");
      highest.set(model, Math.max(highest.get(model) ?? 0, Number(version)));
    }
  } while (page.truncated);
  return highest;
}

const JSON_TYPE = { contentType: "application/json" };
