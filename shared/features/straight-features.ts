import type { FeatureBuffer } from "./featurebuffer.ts";

/**
 * Whether the `i`th feature, of those before `x.straight`, is no finer feature of a number. From `x.common` on these are what tells an action from others:
 * its own features, and what is joined first (numeric.ts).
 */
export const isStraight = ({ plain, singles }: FeatureBuffer, i: number): boolean => i < plain || i >= singles;
