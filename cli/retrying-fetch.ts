import { setTimeout } from "node:timers/promises";

export type RetryOptions = {
  /** How long to go on trying one request, ms. */
  patience: number;
  /** Called when a request has to be repeated, with the reason and how often it was sent. */
  onRetry: (reason: string, attempts: number) => void;
  /** Stops waiting and trying. */
  signal: AbortSignal;
};

/** A `fetch` that repeats a request when the connection fails or the server is busy or broken. Only for requests that may be repeated. */
export function retryingFetch({ patience, onRetry, signal }: RetryOptions): typeof fetch {
  return async (input, init) => {
    const deadline = performance.now() + patience;
    for (let attempts = 1; ; attempts++) {
      let reason: string;
      let wait = Math.min(50 * 2 ** (attempts - 1), 1000);
      try {
        const response = await fetch(input, { ...init, signal });
        if (response.status !== 429 && response.status < 500) return response;
        if (performance.now() + wait > deadline) return response;
        reason = `status ${response.status}`;
        wait = Math.max(wait, 1000 * Number(response.headers.get("retry-after") ?? 0));
        await response.arrayBuffer();
      } catch (error) {
        if (signal.aborted || performance.now() + wait > deadline) throw error;
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
