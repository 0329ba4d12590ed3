import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { type ModelSpec, modelSpec } from "../../shared/contract/spec.ts";
import { getArtifact } from "../storage/artifacts.ts";

/** Most specs that an isolate keeps: some kilobytes each. */
const MAX_SPECS = 1000;

const specs = new Map<string, ModelSpec>();

/** The spec that a directory points to; read and checked once an isolate. @throws Error when it is not in the store, or not valid. */
export async function readSpec(bucket: R2Bucket, { sha256 }: ArtifactPointer): Promise<ModelSpec> {
  const known = specs.get(sha256);
  if (known) return known;
  const artifact = await getArtifact(bucket, sha256);
  if (!artifact) throw new Error(`artifact ${sha256}, a spec, is not in the store`);
  const spec = modelSpec.parse(await artifact.json());
  if (specs.size >= MAX_SPECS) specs.clear();
  specs.set(sha256, spec);
  return spec;
}
