import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Publication } from "../../shared/contract/publication.ts";

/** Which publication a snapshot is: the hash of its delta, or of its base where it is that, and when it was published, edge's clock. */
export type Published = { publication: string; publishedAt: number };

/** A version's snapshot as this browser keeps it for the next start: whole, whatever it was made of. */
export type HeldSnapshot = ArtifactPointer & Published & { version: number };

export function publishedAs({ snapshot, delta }: Pick<Publication, "snapshot" | "delta">): Published {
  const { sha256, publishedAt } = delta ?? snapshot;
  return { publication: sha256, publishedAt };
}
