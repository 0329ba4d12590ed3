import { z } from "zod";
import { exclusionRequest } from "../../shared/contract/exclusion.ts";
import { timestamp } from "../../shared/contract/values.ts";
import { raisePointer, readPointer } from "./pointers.ts";

/** What of a model's log is not learned, as the registry keeps it in the store too: one that has lost its data must not let it be learned again. */

const storedExclusion = z.object({
  ...exclusionRequest.shape,
  number: z.number(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
});
const exclusionsDocument = z.object({ format: z.number(), number: z.number(), exclusions: z.array(storedExclusion) });
/** All exclusions of a model that there were. `number`: their revision, which rises with every change. */
export type ExclusionsDocument = z.infer<typeof exclusionsDocument>;

const objectKey = (model: string): string => `pointers/exclusions/${model}`;

/** Null when there were none. @throws Error when what is there is no such document. */
export async function readExclusions(bucket: R2Bucket, model: string): Promise<ExclusionsDocument | null> {
  const found = await readPointer<unknown>(bucket, objectKey(model));
  return found === null ? null : exclusionsDocument.parse(found);
}

/** Stores a model's exclusions, unless later ones are there. @returns those that are there now. */
export const writeExclusions = (
  bucket: R2Bucket,
  model: string,
  document: ExclusionsDocument,
): Promise<ExclusionsDocument> => raisePointer(bucket, objectKey(model), document);
