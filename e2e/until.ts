import { setTimeout } from "node:timers/promises";

/** Asks again until the answer is not null. @throws Error saying what was waited for, after `limit` ms. */
export async function until<T>(
  description: string,
  ask: () => Promise<T | null> | T | null,
  limit = 60_000,
): Promise<T> {
  const deadline = performance.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`still waiting: ${description}`);
    await setTimeout(50);
  }
}
