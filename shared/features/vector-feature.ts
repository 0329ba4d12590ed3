import { type CallFeature, reader } from "./call-operators.ts";
import { vectorValue } from "./number-value.ts";

/** A list of exactly `size` numbers. */
export function vectorFeature({ path, size }: { path: string; size: number }): CallFeature {
  const read = reader(path);
  return (data) => vectorValue(read(data), size);
}
