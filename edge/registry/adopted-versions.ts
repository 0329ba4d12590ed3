import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Directory } from "../../shared/contract/directory.ts";
import { getArtifact, sha256Hex } from "../storage/artifacts.ts";
import type { RegisteredVersion } from "./messages.ts";

/** SHA-256 of spec and graph: a version's identity. */
export const versionHash = (spec: ArtifactPointer, graph: ArtifactPointer | null): Promise<string> =>
  sha256Hex(new TextEncoder().encode(canonicalJson({ spec: spec.sha256, graph: graph?.sha256 ?? null })));

export type Adopted = { version: RegisteredVersion; hash: string; specText: string };

/**
 * The versions of a directory, for a registry that has lost its own. Versions that had retired are not in it, and are gone; their numbers are not
 * given to others, because what they published is still there.
 * @throws Error when a spec is not in the store.
 */
export async function adoptedVersions(bucket: R2Bucket, { models, changedAt }: Directory): Promise<Adopted[]> {
  const adopted: Adopted[] = [];
  for (const [model, { versions }] of Object.entries(models))
    for (const { version, stage, share, spec, graph } of versions) {
      const artifact = await getArtifact(bucket, spec.sha256);
      if (!artifact) throw new Error(`the spec of ${model}@${version} is not in the store: artifact ${spec.sha256}`);
      adopted.push({
        version: {
          ...{ model, version, stage, share, spec, graph, createdAt: changedAt },
          ...{ wanted: null, ready: true, problem: null, wasLive: stage === "live", replaced: null },
        },
        hash: await versionHash(spec, graph),
        specText: await artifact.text(),
      });
    }
  return adopted;
}
