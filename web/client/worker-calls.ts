/** Calls of what a worker does, by messages: each has a number, by which its answer is known. */

type Call = { n: number; name: string; given: unknown[] };
/** `problem`: why there is no value. */
type Answer = { n: number; value?: unknown; problem?: string };

type Methods<Api> = { [Name in keyof Api]: (...given: never[]) => Promise<unknown> };

/** @throws Error (as a rejection) in the worker's words, where it does. */
export type Calls<Api extends Methods<Api>> = <Name extends keyof Api & string>(
  name: Name,
  ...given: Parameters<Api[Name]>
) => Promise<Awaited<ReturnType<Api[Name]>>>;

/**
 * What a page asks a worker by.
 * @example const call = callsTo<GraphWorkerApi>(worker); await call("release", 7);
 */
export function callsTo<Api extends Methods<Api>>(worker: Worker): Calls<Api> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.n)?.(data);
    waiting.delete(data.n);
  });
  return (name, ...given) =>
    new Promise((resolve, reject) => {
      const n = ++last;
      worker.postMessage({ n, name, given } satisfies Call);
      waiting.set(n, ({ value, problem }) =>
        problem === undefined ? resolve(value as Parameters<typeof resolve>[0]) : reject(new Error(problem)),
      );
    });
}

/** Has a worker do what its page asks, from now on. */
export function answerCalls<Api extends Methods<Api>>(api: Api): void {
  addEventListener("message", async ({ data: { n, name, given } }: MessageEvent<Call>) => {
    try {
      const value = await api[name as keyof Api](...(given as never[]));
      postMessage({ n, value } satisfies Answer);
    } catch (error) {
      postMessage({ n, problem: error instanceof Error ? error.message : String(error) } satisfies Answer);
    }
  });
}
