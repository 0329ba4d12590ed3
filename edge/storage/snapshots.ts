import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import "../../shared/features/other-operators.ts";
import "../../shared/heads/all-heads.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { getArtifact } from "./artifacts.ts";

/**
 * A published snapshot, of its base and delta.
 * @param known the base, where somebody has it in memory.
 * @throws Error when they are not in the store, or cannot be read.
 */
export async function readSnapshot(
  bucket: R2Bucket,
  { snapshot, delta }: Pick<Publication, "snapshot" | "delta">,
  known?: SnapshotData,
): Promise<SnapshotData> {
  const [base, changes] = await Promise.all([
    known ?? bytesOf(bucket, snapshot.sha256).then(decodeSnapshot),
    delta && bytesOf(bucket, delta.sha256),
  ]);
  return changes ? applyDelta(base, changes) : base;
}

async function bytesOf(bucket: R2Bucket, sha256: string): Promise<Uint8Array> {
  const artifact = await getArtifact(bucket, sha256);
  if (!artifact) throw new Error(`artifact ${sha256} is not in the store`);
  return new Uint8Array(await artifact.arrayBuffer());
}
