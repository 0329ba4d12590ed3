import type { Namespace } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import type { JoinableFeatures } from "./joinable-features.ts";

/** What numbers get of the default treatment; with "zeros apart" 0 has its feature, but takes no part in interactions. */
export type Treatment = "none" | "all" | "zeros apart";

/** Puts the features of a value where they belong. */
export interface PushedFeature {
  push(value: FeatureValue | undefined, into: JoinableFeatures): void;
}
export type FeatureKind = new (namespace: Namespace, name: string, treatment: Treatment) => PushedFeature;
