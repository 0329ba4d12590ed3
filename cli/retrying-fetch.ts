import { setTimeout } from "node:timers/promises";
import { backOff, retryAfter } from "../shared/contract/back-off.ts";

export type RetryOptions = {
  /** How long to go on trying one request, ms. */
  patience: number;
  /** Called when a request has to be repeated, with the reason and how often it was sent. */
  onRetry: (reason: string, attempts: number) => void;
  /** Stops waiting and trying. */
  signal: AbortSignal;
};

/** Short, since a server on the same machine is back soon, ms. */
const WAITS = { base: 100, cap: 1000 };

/**
 * A `fetch` that repeats a request when the connection fails or the server is busy or broken, until the patience is at its end: the
 * last answer, or failure, is its result then. Only for requests that may be repeated.
 */
export function retryingFetch({ patience, onRetry, signal }: RetryOptions): typeof fetch {
  return async (input, init) => {
    const deadline = performance.now() + patience;
    for (let attempts = 1; ; attempts++) {
      let reason: string;
      let wait = backOff(attempts, Math.random(), WAITS);
      const patient = () => !signal.aborted && performance.now() + wait <= deadline;
      try {
        const response = await fetch(input, { ...init, signal });
        if (response.status !== 429 && response.status < 500) {
          // An answer that breaks off is none.
          await response.clone().arrayBuffer();
          return response;
        }
        wait = Math.max(wait, retryAfter(response.headers.get("retry-after"), Date.now()));
        if (!patient()) return response;
        reason = `status ${response.status}`;
        await response.arrayBuffer();
      } catch (error) {
        if (!patient()) throw error;
        reason = connectionProblem(error);
      }
      onRetry(reason, attempts);
      await setTimeout(wait, undefined, { signal });
    }
  };
}

/** Why `fetch` failed: the cause says it, the error itself only that it failed. */
export function connectionProblem(error: unknown): string {
  const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
