import { InputError } from "../files/input-error.ts";

/** How far a sum of probabilities may be from 1: what rounding each to single precision, or to four digits as some loggers do, makes of it. */
const SUM_TOLERANCE = 1e-3;

/**
 * The probability of each action, from the actions in the order in which they were ranked and their probabilities; null where the log does not tell them.
 * @param names what the ranking calls the actions, in their order. @param of what it is of, for messages; null: the decision.
 */
export function probabilitiesIn(
  ranking: unknown,
  ranked: unknown,
  names: readonly number[],
  of: string | null = null,
): Float64Array | null {
  if (!Array.isArray(ranking) || !Array.isArray(ranked)) return null;
  const count = names.length;
  const result = new Float64Array(count).fill(Number.NaN);
  if (ranking.length === count && ranked.length === count)
    for (let i = 0; i < count; i++) {
      const place = names.indexOf(ranking[i]);
      if (place >= 0) result[place] = ranked[i];
    }
  const sum = result.reduce((a, b) => a + b, 0);
  // NaN where one is missing.
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE))
    throw new InputError(
      `${of === null ? '"a" and "p"' : `${of}: "_a" and "_p"`} must give each of the ${count} actions a probability, and these must sum to 1${Number.isNaN(sum) ? "" : `, not to ${Number(sum.toPrecision(4))}`}`,
    );
  return result.map((probability) => probability / sum);
}
