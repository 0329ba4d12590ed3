import type { Options, Result } from "./simulate.ts";

/** Most runs to find what of a failing seed is needed for its failure. */
const MAX_RUNS = 150;

/**
 * The faults of a failing seed without which it does not fail, or fewer than there were: half of them are left out, then a quarter, and so on (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002). Without some, what comes after them is another story, so what is left explains the failure and is not all that could.
 */
export async function minimal(
  simulate: (options: Options) => Promise<Result>,
  failed: Result,
  options: Options,
): Promise<Result> {
  let best = failed;
  let runs = 0;
  for (let parts = 2; runs < MAX_RUNS && best.injected.length > 0; ) {
    const draws = best.injected.map(({ draw }) => draw);
    const size = Math.ceil(draws.length / parts);
    let found = false;
    for (let begin = 0; begin < draws.length && runs < MAX_RUNS && !found; begin += size) {
      const only = new Set([...draws.slice(0, begin), ...draws.slice(begin + size)]);
      runs++;
      const result = await simulate({ ...options, only });
      if (result.violations.length === 0 || result.injected.length >= best.injected.length) continue;
      best = result;
      found = true;
    }
    if (found) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(draws.length, parts * 2);
  }
  return best;
}
