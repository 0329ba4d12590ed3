import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { age } from "../storage/clock.ts";
import { within } from "../storage/within.ts";
import { OLD_COPY, REFRESH_INTERVAL } from "./limits.ts";
import { unlessPaused } from "./unless-paused.ts";

/** How something in the store is followed. */
type Following<T> = {
  /** What it is called in structured output. */
  what: string;
  /** Reads it for the first time. */
  load(env: Env): Promise<T>;
  /** Looks for what is newer, and has it held. Where it throws, what is held goes on. */
  look(env: Env): Promise<void>;
  /** How long a request waits for the look when the copy is old, ms. */
  wait: number;
};

/**
 * Something in the store that moves, as this isolate goes by it: kept in memory, and looked for anew behind an answer. Only the isolate's first request
 * waits, and, briefly, one after it had slept (docs/adr/0008-versions.md, How fresh).
 */
export class Followed<T> {
  readonly #following: Following<T>;
  /** What is held, and when it was last looked at; null before the first request. */
  #copy: { value: T; lookedAt: number } | null = null;

  constructor(following: Following<T>) {
    this.#following = following;
  }

  /** What is held; null before the first request. */
  get held(): T | null {
    return this.#copy?.value ?? null;
  }

  /** Goes by another from now on. */
  hold(value: T): void {
    this.#copy = { value, lookedAt: Date.now() };
  }

  /** What this isolate goes by. @throws Error when nothing is held yet, and it cannot be read. */
  async current(env: Env, background: Background): Promise<T> {
    if (!this.#copy) {
      const value = await this.#following.load(env);
      this.#copy ??= { value, lookedAt: Date.now() };
      return this.#copy.value;
    }
    const old = age(this.#copy.lookedAt);
    if (old < REFRESH_INTERVAL) return this.#copy.value;
    this.#copy.lookedAt = Date.now();
    const looking = this.look(env);
    background.waitUntil(looking);
    if (old > OLD_COPY) await within(this.#following.wait, looking);
    return this.#copy.value;
  }

  /** Looks for what is newer, unless that failed a moment ago. It never throws: what is held goes on. */
  async look(env: Env): Promise<void> {
    await unlessPaused(`the ${this.#following.what}`, () => this.#following.look(env));
  }
}
