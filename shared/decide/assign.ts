import type { Stage } from "../contract/directory.ts";
import { murmur3 } from "../features/hash.ts";

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
 * The version that serves a unit. Canaries take their shares of the buckets from 0 on, in the order of their numbers; the rest is the live
 * version's. So a unit stays where it is while shares stay, and a canary whose share grows keeps the units it had.
 * @returns null when there is no live version and no canary has the unit.
 */
export function assign<V extends Assignable>(model: string, unit: string, versions: readonly V[]): V | null {
  const bucket = bucketOf(model, unit);
  let taken = 0;
  for (const version of versions.filter(({ stage }) => stage === "canary").sort((a, b) => a.version - b.version)) {
    taken += version.share ?? 0;
    if (bucket < taken) return version;
  }
  return versions.find(({ stage }) => stage === "live") ?? null;
}
