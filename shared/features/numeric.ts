import { log2 } from "../math/log2.ts";
import type { FeatureBuffer } from "./featurebuffer.ts";
import { KIND } from "./kind.ts";

/**
 * The default treatment of numbers: what a linear head is to know of one, without anybody having said how large it gets,
 * whether it is skewed, or where it matters. Nothing is learned for it, so it is the same in page, edge and learner.
 *
 * A number becomes weights of "hats" on a logarithmic scale: the two knots that it lies between share a value of 1 (linear
 * B-splines, de Boor 1978), so that the score is continuous, and can bend at every knot. 0 is a category of its own. There are
 * three such scales: a coarse one, few enough to be joined with other features, with hats that are flat on top; a fine one, for the shape; one
 * that does not care about the unit, for numbers from -1 to 1. Beside them stand the number itself and its logarithm, for what is as simple as that,
 * and so that what is learned in one range reaches the next.
 *
 * Measured on `online_shoppers`, one pass in file order, all columns with themselves as interactions, no looking ahead (log loss, AUC):
 * AdaptiveLearner at its best of six rates with coarse hats alone .2408, .9227, with a category for each octave .2460, .9194;
 * AutoLearner with all that is below .2337, .9269.
 */

/** One in so many steps between two knots: a hat's least value, so that no feature begins with an absurd scale. */
const STEPS = 32;

/**
 * Knots of the coarse scale: |x| = 0, 1/2, 1, then 4 times 1 + |x| from one to the next: 7, 31, 127, ... With 8 times, small whole
 * numbers were told apart too badly: 13 % worse on the letter data.
 */
const COARSE_OCTAVES = 2;
/**
 * A coarse hat is flat over the sixth of the way next to its knot, and steeper between: a third of all numbers then have one coarse feature, not
 * two, and their interactions are a sixth to a third fewer. Over 120 streams it is a gain (.4 %); steeper ones lose more than they save.
 */
const COARSE_STEEPNESS = 1.5;
/** Knots to an octave of 1 + |x| on the fine scale. */
const FINE_KNOTS = 4;

/** Steps to an octave of 1 + |x| on the finest scale: whole numbers below 23 are told apart. */
const FINEST_STEPS = 16;

/** Where the codes of the scales begin; a knot is within 1,024 of it. */
const ZERO = 0;
const LOGARITHM = 1;
const COARSE = 2048;
const FINE = 3 * 2048;
const UNITLESS = 5 * 2048;
const FINEST_SCALE = 32 * 2048;
/** Added for negative numbers. */
const NEGATIVE = 16 * 2048;

/** Octaves of 1 + |x|: what the features of a number are made from. */
export const octavesOf = (x: number): number => log2(1 + Math.abs(x));

/**
 * The features of a number that are joined with those of others: at most two.
 * @param index hash of the number's own feature.
 */
export function pushCoarse(index: number, x: number, into: FeatureBuffer, octaves = octavesOf(x)): void {
  if (x === 0) {
    into.push(mix(index, ZERO), 1);
    return;
  }
  const size = Math.abs(x);
  const position = size <= 1 ? 2 * size : 2 + (octaves - 1) / COARSE_OCTAVES;
  pushHats(index, COARSE, x, position, COARSE_STEEPNESS, into);
}

/**
 * The number itself and its logarithm, sign(x) log(1 + |x|); none for 0.
 * @param index hash of the number's own feature.
 * @param logarithms gets the logarithm: in rank models it is joined with others.
 */
export function pushLinear(
  index: number,
  x: number,
  into: FeatureBuffer,
  octaves = octavesOf(x),
  logarithms = into,
): void {
  if (x === 0) return;
  into.push(index, x);
  const logarithm = octaves * Math.LN2;
  if (logarithm > 0) logarithms.push(mix(index, LOGARITHM), x < 0 ? -logarithm : logarithm);
}

/**
 * The features of a number that stand alone: at most two, none for 0, and two more from -1 to 1.
 * @param index hash of the number's own feature.
 */
export function pushFine(index: number, x: number, into: FeatureBuffer, octaves = octavesOf(x)): void {
  if (x === 0) return;
  pushHats(index, FINE, x, octaves * FINE_KNOTS, 1, into);
  const size = Math.abs(x);
  if (size <= 1) pushHats(index, UNITLESS, x, log2(size), 1, into);
}

/**
 * Shares 1 between the knots around `position`.
 * @param steepness 1 where the share of a knot falls all the way to the next one; above, it is flat around each.
 */
function pushHats(
  index: number,
  scale: number,
  x: number,
  position: number,
  steepness: number,
  into: FeatureBuffer,
): void {
  const steps = Math.floor(position * STEPS + 0.5);
  const knot = Math.floor(steps / STEPS);
  const above = Math.min(Math.max((steps / STEPS - knot - 0.5) * steepness + 0.5, 0), 1);
  const code = scale + knot + (x < 0 ? NEGATIVE : 0);
  if (above < 1) into.push(mix(index, code), 1 - above);
  if (above > 0) into.push(mix(index, code + 1), above);
}

/**
 * With which others a feature of a rank model is joined: a kind is three bits, and features are joined where they share one. A category is joined with all; a
 * number's logarithm with logarithms, coarse features with coarse ones, and the finest, by which one number can decide, with categories only, as actions have
 * none. Kinds stand in the highest bits of hashes, which no table of weights is large enough for.
 */
const STRAIGHT = 1;
const STEPWISE = 2;
const FINEST = 4;
const LOW = 2 ** KIND - 1;
const CATEGORY = 7;

/** The hash as one of a category, or of a number that nothing is known of. */
export const asCategory = (hash: number): number => hash | (CATEGORY << KIND);

/**
 * The features of a number by which it can decide alone which action is best: joined with categories, in rank models.
 * @param index hash of the number's own feature.
 */
export function pushFinest(index: number, x: number, into: FeatureBuffer, octaves = octavesOf(x)): void {
  const step = Math.floor(octaves * FINEST_STEPS + 0.5);
  into.push(mix(index, FINEST_SCALE + step + (x < 0 ? NEGATIVE : 0)), 1);
}

/** Index of a number's feature of this code: the finaliser of MurmurHash3 over both. */
function mix(index: number, code: number): number {
  let h = index ^ Math.imul(code + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  const kind = code < FINEST_SCALE ? (code === LOGARITHM ? STRAIGHT : STEPWISE) : FINEST;
  return ((h ^ (h >>> 16)) & LOW) | (kind << KIND);
}
