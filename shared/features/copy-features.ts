import type { FeatureBuffer } from "./featurebuffer.ts";

/** Replaces what `into` holds with the features of another buffer, and what is known of their order; not with their parts. Pages need it nowhere. */
export function copyFeatures(from: FeatureBuffer, into: FeatureBuffer): void {
  const { indices, values, length, singles, plain, straight, common } = from;
  into.clear();
  into.reserve(length);
  into.indices.set(indices.subarray(0, length));
  into.values.set(values.subarray(0, length));
  Object.assign(into, { length, singles, plain, straight, common });
}
