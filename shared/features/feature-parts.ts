import type { FeaturePart } from "../contract/calls.ts";
import type { FeatureValue } from "../contract/values.ts";
import type { FeatureBuffer } from "./featurebuffer.ts";

/** Names the features that `value` has just added to a buffer that keeps parts. */
export function recordParts(
  source: Pick<FeaturePart, "namespace" | "name" | "scale">,
  value: FeatureValue | undefined,
  into: FeatureBuffer,
): void {
  const parts = into.parts!;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "string") parts.push([{ ...source, value: item }]);
  } else if (value === true || typeof value === "number" || typeof value === "string")
    while (parts.length < into.length) parts.push([{ ...source, value }]);
}

/** Names interactions of the features at `first` with each from `from` to before `to`. */
export function recordInteractions(first: readonly number[], from: number, to: number, into: FeatureBuffer): void {
  const parts = into.parts!;
  const joined = first.flatMap((i) => parts[i]!);
  for (let i = from; i < to; i++) parts.push([...joined, ...parts[i]!]);
}
