import { Actor } from "./actor.ts";
import { Tab } from "./browser.ts";
import { transmit } from "./objects.ts";
import { World } from "./world.ts";

/** A Worker that answers one request. */
class Request extends Actor {
  readonly #broken: () => void;

  constructor(name: string, broken: () => void) {
    super(name);
    this.#broken = broken;
  }

  override end(): void {
    super.end();
    this.#broken();
  }
}

/** What `handle` makes of the JSON that was posted. */
export type Handler = (
  path: string,
  body: unknown,
) => Promise<{ status: number; body: unknown; headers?: Record<string, string> }>;

/** Puts a `fetch` in place that asks a Worker. */
export function replaceFetch(handle: Handler): void {
  let requests = 0;
  const fetch = async (url: string, { body, signal }: { body?: string; signal?: AbortSignal } = {}) => {
    const { pathname } = new URL(url);
    const { actor } = World.current;
    if (actor instanceof Tab && !actor.browser.online) throw new TypeError("fetch failed");
    const exchange = transmit<Awaited<ReturnType<Handler>>>(`POST ${pathname}`, (reply) => {
      const world = World.current;
      const broken = () => reply.reject(new TypeError("fetch failed"));
      const worker = new Request(`worker ${requests++}`, broken);
      world.schedule(worker, 0, pathname, () => {
        handle(pathname, body === undefined ? undefined : JSON.parse(body)).then(reply.resolve, broken);
      });
    });
    const timedOut = new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const answer = await Promise.race([exchange, timedOut]);
    return {
      ok: answer.status < 300,
      status: answer.status,
      headers: { get: (name: string) => answer.headers?.[name] ?? null },
      json: async () => structuredClone(answer.body),
      text: async () => JSON.stringify(answer.body),
    };
  };
  Object.defineProperty(globalThis, "fetch", { value: fetch, configurable: true, writable: true });
}
