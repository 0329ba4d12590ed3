/** Milliseconds that `n` repetitions take. */
export type Timed = (n: number) => Promise<number>;

/**
 * Times cases against each other on a machine with other work to do: after a warm-up that also finds how many repetitions
 * fill a batch (it tries `first`, and then twice as many each time), every round runs one batch of each case in turn, so that a slow moment hits them alike.
 * @returns Median time of one repetition by case, in microseconds.
 */
export async function interleaved(
  cases: Record<string, Timed>,
  { rounds = 9, batchMs = 30, first = 8 } = {},
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const [name, run] of Object.entries(cases)) sizes[name] = await batchSize(run, batchMs, first);
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(cases)) {
      const n = sizes[name]!;
      times[name] ??= [];
      times[name].push((1000 * (await run(n))) / n);
    }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

async function batchSize(run: Timed, batchMs: number, first: number): Promise<number> {
  for (let n = first; ; n *= 2) {
    const ms = await run(n);
    if (ms >= batchMs / 2) return Math.max(1, Math.round((n * batchMs) / ms));
  }
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
