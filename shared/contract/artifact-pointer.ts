import { z } from "zod";

/** Where an immutable file is, and what it must be. */
export const artifactPointer = z.object({
  /** Path under the endpoint: `/v1/artifacts/<sha256>`. */
  url: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int(),
});
export type ArtifactPointer = z.infer<typeof artifactPointer>;
