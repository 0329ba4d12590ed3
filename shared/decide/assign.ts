import type { Stage } from "../contract/directory.ts";
import { murmur3 } from "../math/murmur3.ts";

/** Tells this hash from others of the same text. */
const SEED = 0x61737367;

/** A version as assignment sees it. */
export type Assignable = { version: number; stage: Stage; share: number | null };

/**
 * Where a unit stands among all units of a model: uniform in [0, 1), and the same for ever, in page and edge alike.
 * @example bucketOf("home-hero", "ann") // always the same number
 */
export const bucketOf = (model: string, unit: string): number => murmur3(`${model}\n${unit}`, SEED) / 2 ** 32;

/**
 * The version that serves a unit: the canary, of which a model has one at a time, has the buckets from 0 up to its share; the rest is the live
 * version's. So a unit stays where it is while the share does, and a canary whose share grows keeps the units it had.
 * @returns null when there is no live version and no canary has the unit.
 */
export function assign<V extends Assignable>(model: string, unit: string, versions: readonly V[]): V | null {
  const canary = versions.find(({ stage }) => stage === "canary");
  if (canary && bucketOf(model, unit) < (canary.share ?? 0)) return canary;
  return versions.find(({ stage }) => stage === "live") ?? null;
}
