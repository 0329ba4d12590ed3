import { log } from "../../shared/math/log.ts";
import { power } from "../../shared/math/power.ts";
import { MAX_FLOAT32 } from "../../shared/online/magnitude.ts";

const fround = Math.fround;

/** How VW explores by what an action may cost at least and at most (`--regcb`, and `--squarecb --elim`). `squareCb` is its own SquareCB, too. */
export type CostRanges = {
  /** `eliminate`: uniform among those that may be the best; `optimistic`: the one that may cost the least; `squareCb`: by gaps, among those that may be the best. */
  rule: "eliminate" | "optimistic" | "squareCb";
  /** How much worse an action may look and still be plausible. */
  mellowness: number;
  /** What costs are between. */
  least: number;
  most: number;
  /** Of several that may cost the least only the first is taken. */
  firstOnly: boolean;
  /** Of `squareCb`: how greedy it is, as gamma * examples^exponent. */
  gamma: number;
  exponent: number;
};

/** By how much learning `cost` for an action, as if it had been expected to cost `expected`, moves what it is expected to cost. */
type Sensitivity = (action: number, cost: number) => number;

/**
 * The distribution of RegCB (Foster et al. 2018, "Practical contextual bandits with regression oracles", arXiv:1803.01088, section 7.1), with each
 * step rounded as VW rounds it, and with its oddities: the probabilities do not always sum to 1.
 * @param costs that the model expects, by 32 bits.
 * @param order of the actions, cheapest first.
 * @param examples how many were learned.
 */
export function byCostRanges(
  ranges: CostRanges,
  costs: Float32Array,
  order: readonly number[],
  sensitivity: Sensitivity,
  examples: number,
): Float64Array {
  const { rule, mellowness, least, most } = ranges;
  const width = fround(most - least);
  const doubt = fround(fround(mellowness * fround(log(fround(costs.length * examples)))) * fround(width * width));
  const lower = costs.map((cost, action) => {
    const reach = sensitivity(action, fround(least - 1));
    if (cost < least || !Number.isFinite(reach)) return least;
    const weight = largestWeight(fround(fround(cost - least) + 1), doubt, reach);
    return Math.min(Math.max(fround(cost - fround(reach * weight)), least), most);
  });
  if (rule === "optimistic") return optimistic(lower, ranges.firstOnly);
  const upper = costs.map((cost, action) => {
    const reach = sensitivity(action, fround(most + 1));
    if (cost > most || !Number.isFinite(reach)) return most;
    const weight = largestWeight(fround(fround(most + 1) - cost), doubt, reach);
    return Math.max(Math.min(fround(cost + fround(reach * weight)), most), least);
  });
  const limit = Math.min(...upper);
  const plausible = order.filter((action) => lower[action]! <= limit);
  return rule === "eliminate"
    ? uniform(plausible, costs.length)
    : byGaps(plausible, costs, gammaAt(ranges, examples), 1);
}

/** How greedy VW's SquareCB is after so many examples. */
const gammaAt = ({ gamma, exponent }: { gamma: number; exponent: number }, examples: number): number =>
  fround(gamma * fround(power(examples, exponent)));

/**
 * VW's SquareCB, with each step rounded as there: the first of the best has all that the others leave, and those tied with it are at a gap of 0. It never stops
 * getting greedier.
 * @param order of the actions, cheapest first.
 */
export const squareCbOfVw = (
  policy: { gamma: number; exponent: number },
  costs: Float32Array,
  order: readonly number[],
  examples: number,
): Float64Array => byGaps(order, costs, gammaAt(policy, examples), costs.length);

const SEARCHES = 20;
const TOLERANCE = fround(1e-6);

/** The largest weight w with w (gap^2 - (gap - reach w)^2) <= doubt, by bisection as VW does it. */
function largestWeight(gap: number, doubt: number, reach: number): number {
  const square = (x: number): number => fround(x * x);
  const most = Math.min(fround(gap / reach), MAX_FLOAT32);
  if (fround(fround(most * gap) * gap) <= doubt) return most;
  let lower = 0;
  let upper = most;
  for (let i = 0; i < SEARCHES; i++) {
    const weight = fround(fround(upper + lower) / 2);
    const rest = fround(square(gap) - square(fround(gap - fround(reach * weight))));
    const excess = fround(fround(weight * rest) - doubt);
    if (excess > 0) upper = weight;
    else lower = weight;
    if (Math.abs(excess) <= TOLERANCE || fround(upper - lower) <= TOLERANCE) break;
  }
  return lower;
}

/** Those that are tied have a probability of 1 each, as in VW. */
function optimistic(lower: Float32Array, firstOnly: boolean): Float64Array {
  const least = Math.min(...lower);
  const first = lower.indexOf(least);
  return Float64Array.from(lower, (cost, action) => (action === first || (!firstOnly && cost === least) ? 1 : 0));
}

function uniform(plausible: readonly number[], count: number): Float64Array {
  const result = new Float64Array(count);
  for (const action of plausible) result[action] = fround(1 / plausible.length);
  return result;
}

/**
 * @param count of actions that are to be explored: VW counts the cheapest alone where some were ruled out, so what is left for it may be below 0.
 */
function byGaps([best, ...others]: readonly number[], costs: Float32Array, gamma: number, count: number): Float64Array {
  const result = new Float64Array(costs.length);
  let total = 0;
  for (const action of others) {
    result[action] = fround(1 / fround(count + fround(gamma * fround(costs[action]! - costs[best!]!))));
    total = fround(total + result[action]!);
  }
  result[best!] = fround(1 - total);
  return result;
}
