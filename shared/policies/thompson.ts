import { normalCdf } from "../math/normal.ts";
import { bestScore } from "./best.ts";
import { enforceFloor } from "./floor.ts";
import { given, ownPolicy } from "./policy.ts";

/** Cells of the line on which the chances are summed up. */
const CELLS = 256;
/** How many deviations around a mean are looked at; beyond them lie 1e-15 of it. */
const REACH = 8;

/**
 * Thompson sampling (Thompson 1933; Chapelle & Li 2011): an action is as probable as it is to be the best, as far as a learner knows that
 * says how unsure it is (`bayesian`), but at least `epsilon` / K. Sampling from that is what drawing scores and taking the best would do, but
 * its propensities are known, and anybody can compute them again. Every example counts once: a posterior counts what was seen.
 */
export const thompson = ownPolicy({
  type: "thompson",
  fields: (z) => ({ epsilon: z.number().min(0).max(1) }),
  defaults: { epsilon: 0.05 },
  distribution({ epsilon }, { scores, deviations }) {
    const result = chancesToBeBest(scores, given(deviations, "deviations"));
    enforceFloor(result, epsilon);
    return result;
  },
  countsOnce: true,
  needsDeviations: true,
});

/**
 * The probability of each action that its score is the highest, when scores are independent normal variables.
 *
 * The line is cut into cells; in each, the chance that an action lies there is multiplied with the chance that all others lie
 * below, those in the same cell counting half. With actions of equal deviation that are not nearly certain the error is under 1e-4.
 * @param means one an action; higher is better.
 * @param deviations standard deviations, 0 or more (BayesianLearner.variance, its root).
 * @returns the probability of each action; they sum to 1.
 * @throws RangeError when there is no action, a mean is not a finite number or a deviation not one from 0.
 */
function chancesToBeBest(means: ArrayLike<number>, deviations: ArrayLike<number>): Float64Array {
  const best = bestScore(means);
  const count = means.length;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let a = 0; a < count; a++) {
    const [mean, deviation] = [means[a]!, deviations[a]!];
    if (!Number.isFinite(mean)) throw new RangeError(`mean ${a} is not a finite number`);
    if (!(deviation >= 0 && deviation < Number.POSITIVE_INFINITY))
      throw new RangeError(`deviation ${a} is not a number from 0`);
    // Nothing below where some action is sure to be can be the highest.
    low = Math.max(low, mean - REACH * deviation);
    high = Math.max(high, mean + REACH * deviation);
  }
  const result = new Float64Array(count);
  if (!(high > low)) return tied(means, best, result);
  const width = (high - low) / CELLS;
  // What lies below the line's start counts as just below its first cell.
  const below = Float64Array.from(means, (mean, a) => chanceBelow(low, mean, deviations[a]!));
  const inside = new Float64Array(count);
  for (let cell = 0; cell <= CELLS; cell++) {
    const end = cell < CELLS ? low + (cell + 1) * width : Number.POSITIVE_INFINITY;
    let product = 1;
    let zeros = 0;
    for (let a = 0; a < count; a++) {
      inside[a] = Math.max(chanceBelow(end, means[a]!, deviations[a]!) - below[a]!, 0);
      const middle = below[a]! + 0.5 * inside[a]!;
      if (middle > 0) product *= middle;
      else zeros++;
    }
    for (let a = 0; a < count; a++) {
      const middle = below[a]! + 0.5 * inside[a]!;
      if (inside[a]! > 0 && zeros === 0) result[a]! += (inside[a]! * product) / middle;
      below[a]! += inside[a]!;
    }
  }
  const sum = result.reduce((a, b) => a + b, 0);
  if (!(sum > 0)) return tied(means, best, result);
  return result.map((chance) => chance / sum);
}

const chanceBelow = (x: number, mean: number, deviation: number): number =>
  deviation > 0 ? standardCdf((x - mean) / deviation) : x > mean ? 1 : 0;

/** Entries of the table for each deviation: between two of them the error of a straight line is under 5e-7. */
const STEPS = 256;
let table: Float64Array | null = null;

/** The normal distribution function from a table, as a rank call asks for hundreds of thousands. */
function standardCdf(x: number): number {
  if (table === null) {
    table = new Float64Array(2 * REACH * STEPS + 1);
    for (let i = 0; i < table.length; i++) table[i] = normalCdf(i / STEPS - REACH);
  }
  const at = (x + REACH) * STEPS;
  if (!(at > 0)) return 0;
  if (at >= table.length - 1) return 1;
  const i = Math.floor(at);
  return table[i]! + (at - i) * (table[i + 1]! - table[i]!);
}

/** All to the best, in equal parts. */
function tied(means: ArrayLike<number>, best: number, into: Float64Array): Float64Array {
  let count = 0;
  for (let a = 0; a < means.length; a++) if (means[a] === best) count++;
  for (let a = 0; a < means.length; a++) into[a] = means[a] === best ? 1 / count : 0;
  return into;
}

/** What the command line calls it. Pages do without. */
export const thompsonText = { name: "thompson", takes: [] } as const;
