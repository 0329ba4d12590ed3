import { z } from "zod";
import { labelledArtifacts } from "../storage/artifacts.ts";

/** What stands beside the artifact of a publication: all that a trainer keeps of it, so that one that has lost its data finds what it had published. */
const labels = z.object({
  model: z.string(),
  version: z.coerce.number().int().min(1),
  number: z.coerce.number().int().min(0),
  /** Number of the base that it is on; its own, when it is one. */
  base: z.coerce.number().int().min(0),
  examples: z.coerce.number().int().min(0),
  publishedAt: z.coerce.number().int().min(0),
  /** Empty: null. */
  newestFeedbackAt: z.string().transform((text) => (text === "" ? null : Number(text))),
});

/** A publication that is in the store. */
export type PastPublication = Omit<z.infer<typeof labels>, "model" | "version"> & { sha256: string; bytes: number };

/** What is to stand beside the artifact of a publication, besides its model. */
export const publicationLabels = (
  version: number,
  { number, base, examples, publishedAt, newestFeedbackAt }: Omit<PastPublication, "sha256" | "bytes">,
): Record<string, string> => ({
  ...{ version: `${version}`, number: `${number}`, base: `${base}`, examples: `${examples}` },
  ...{ publishedAt: `${publishedAt}`, newestFeedbackAt: `${newestFeedbackAt ?? ""}` },
});

/** Those of a version that the store has, by rising number. It looks at all artifacts that there are. */
export async function pastPublications(bucket: R2Bucket, model: string, version: number): Promise<PastPublication[]> {
  const found = new Map<number, PastPublication>();
  for await (const { sha256, bytes, labels: beside } of labelledArtifacts(bucket)) {
    if (beside.model !== model || beside.version !== `${version}`) continue;
    const { data } = labels.safeParse(beside);
    // What a crash left behind was put again under its number, later.
    if (data && (found.get(data.number)?.publishedAt ?? 0) <= data.publishedAt)
      found.set(data.number, { ...data, sha256, bytes });
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}
