import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { errors, type Pool } from "undici";
import { endToEnd } from "./headers.ts";
import { HEALTH_AGE, HEALTH_FRESH, HEALTH_PATIENCE, HEALTH_WAIT, LOOK_INTERVAL, MAX_ASKS } from "./limits.ts";

/** An answer about health. */
type Seen = { status: number; headers: string[]; body: Buffer };
/** Nothing answers there. */
const NOBODY = "nobody";

/**
 * Health has its own way: who asks gets workerd's answer. While calls wait it is what was seen a moment ago, as strangers see it, with its `Age`. Where nothing was, workerd has a moment to
 * answer before something older is told; where there is nothing older either, it is waited for, and in the end said that there is no answer.
 */
export class Health {
  readonly #pool: Pool;
  readonly #now: () => number;
  readonly #isPressed: () => boolean;
  #seen: (Seen & { at: number }) | null = null;
  #looking: Promise<void> | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #asks = 0;

  /** @param now ms, which never goes back. @param isPressed whether calls wait. */
  constructor(pool: Pool, now: () => number, isPressed: () => boolean) {
    this.#pool = pool;
    this.#now = now;
    this.#isPressed = isPressed;
  }

  /** @param none there is no answer. */
  async answer(request: IncomingMessage, response: ServerResponse, none: () => void): Promise<void> {
    this.look();
    const isPressed = this.#isPressed();
    const answer = (isPressed && this.#seenWithin(HEALTH_FRESH)) || (await this.#told(request, isPressed));
    if (response.destroyed) return;
    if (answer === NOBODY) this.#seen = null;
    if (answer === null || answer === NOBODY) return none();
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  /** Looks how workerd is, unless it was looked a moment ago. */
  look(): void {
    if (this.#looking || this.#now() - this.#lookedAt < LOOK_INTERVAL) return;
    this.#lookedAt = this.#now();
    // Through a proxy, so that the names of parts are not told: who asks may be anybody.
    this.#looking = this.#get(["host", "localhost", "via", "1.1 edgewise"]).then((seen) => {
      this.#looking = null;
      if (seen === NOBODY) this.#seen = null;
      else if (seen) this.#seen = { ...seen, at: this.#now() };
    });
  }

  async #told(request: IncomingMessage, isPressed: boolean): Promise<Seen | null | typeof NOBODY> {
    const own = this.#asks < MAX_ASKS ? this.#ask(request) : null;
    const wait = isPressed ? HEALTH_WAIT : HEALTH_PATIENCE;
    return (own && (await within(wait, own))) ?? this.#seenWithin(HEALTH_AGE) ?? (await this.#waited(own));
  }

  #seenWithin(longest: number): Seen | null {
    if (!this.#seen) return null;
    const { at, status, headers, body } = this.#seen;
    const age = this.#now() - at;
    return age > longest ? null : { status, body, headers: [...headers, "age", String(Math.round(age / 1000))] };
  }

  async #waited(own: Promise<Seen | null | typeof NOBODY> | null): Promise<Seen | null | typeof NOBODY> {
    const answer = own ? await within(HEALTH_PATIENCE, own) : null;
    if (answer === null && this.#looking) await within(HEALTH_PATIENCE, this.#looking);
    return answer ?? this.#seenWithin(HEALTH_AGE);
  }

  async #ask(request: IncomingMessage): Promise<Seen | null | typeof NOBODY> {
    this.#asks++;
    const method = request.method === "HEAD" ? "HEAD" : "GET";
    const seen = await this.#get(endToEnd(request.rawHeaders), method, request.url!);
    this.#asks--;
    return seen;
  }

  /** Null when there is no answer in time. */
  async #get(
    headers: string[],
    method: "GET" | "HEAD" = "GET",
    path = "/health",
  ): Promise<Seen | null | typeof NOBODY> {
    try {
      const answer = await this.#pool.request({
        path,
        method,
        headers,
        responseHeaders: "raw",
        headersTimeout: HEALTH_PATIENCE,
        bodyTimeout: HEALTH_PATIENCE,
      });
      const raw = (answer.headers as unknown as Buffer[]).map(String);
      return { status: answer.statusCode, headers: endToEnd(raw), body: Buffer.from(await answer.body.arrayBuffer()) };
    } catch (error) {
      return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError ? null : NOBODY;
    }
  }
}

/** Null when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const timer = new AbortController();
  const late = setTimeout(ms, null, { signal: timer.signal, ref: false }).catch(() => null);
  const first = await Promise.race([promise, late]);
  timer.abort();
  return first;
}
