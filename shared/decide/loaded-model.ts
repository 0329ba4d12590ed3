import type { SnapshotData } from "../artifact/snapshot.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { Featurizer } from "../features/featurizer.ts";
import type { Graph } from "../heads/graph.ts";
import type { Head } from "../heads/head.ts";
import { headOf, requireHead } from "../heads/heads.ts";
import { linkOf } from "../heads/link.ts";

/** All that is needed to decide. Immutable: a new snapshot makes a new one. */
export interface LoadedModel {
  readonly spec: ModelSpec;
  readonly version: number;
  readonly snapshot: SnapshotData;
  readonly featurizer: Featurizer;
  readonly head: Head;
  /** Null while ONNX Runtime is loading, and for models without a graph: the head alone decides then. */
  readonly graph: Graph | null;
}

/** @throws Error when the snapshot is not of this spec. */
export function loadModel(spec: ModelSpec, snapshot: SnapshotData): LoadedModel {
  checkSnapshot(spec, snapshot);
  return {
    spec,
    version: snapshot.version,
    snapshot,
    featurizer: new Featurizer(spec),
    head: headOf(snapshot),
    graph: null,
  };
}

/** `home-hero@1.12`: model, version, snapshot. */
export const modelLabel = ({
  model,
  version,
  snapshot,
}: {
  model: string;
  version: number;
  snapshot: number;
}): string => `${model}@${version}.${snapshot}`;

/** @throws Error when the snapshot is not of this spec. */
export function checkSnapshot(spec: ModelSpec, snapshot: SnapshotData): void {
  const expected = { model: spec.name, bits: spec.learner.bits, link: linkOf(spec) };
  for (const field of ["model", "bits", "link"] as const)
    if (snapshot[field] !== expected[field])
      throw new Error(`the snapshot has ${field} ${snapshot[field]}, the spec of ${spec.name} ${expected[field]}`);
  requireHead(spec, snapshot);
}
