import { deadline } from "../storage/clock.ts";
import {
  MAX_PUBLICATION_PAUSE,
  PUBLICATION_DELAY,
  PUBLICATION_GROWTH,
  PUBLICATION_INTERVAL,
  PUBLICATION_SHARE,
} from "./limits.ts";

/** When what was learned is to be committed or published, so that nobody waits long for what matters, and it takes a bounded part of the time. */
export class Pacing {
  #notBefore = 0;
  #publishedAt = 0;
  /** Since when there is something that waits. */
  #since: number | null = null;

  /** Something was learned, or a log was read further. */
  moved(now: number): void {
    this.#since ??= now;
  }

  /** What there was is being committed or published. */
  begun(): void {
    this.#since = null;
  }

  /** A commit or publication took this time. */
  worked(started: number, ended: number): void {
    const pause = Math.min((ended - started) / PUBLICATION_SHARE, MAX_PUBLICATION_PAUSE);
    this.#notBefore = Math.max(started + PUBLICATION_INTERVAL, ended + pause);
  }

  /** A publication took this time. */
  published(started: number, ended: number): void {
    this.#publishedAt = started;
    this.worked(started, ended);
  }

  /** The earliest time for the next. */
  get soonest(): number {
    return deadline(this.#notBefore, MAX_PUBLICATION_PAUSE);
  }

  /** When what waits is to be committed at the latest, though it is little. */
  get latest(): number {
    return Math.max(this.soonest, this.#waited(PUBLICATION_DELAY));
  }

  /**
   * When a publication is due, by how many examples were learned and how many of them are published. Little of it alone is published soon, with what comes right behind it; of what goes on coming there
   * is one publication in PUBLICATION_DELAY.
   */
  due(examples: number, published: number): number {
    if (examples - published >= published * PUBLICATION_GROWTH) return this.soonest;
    const next = deadline(this.#publishedAt + PUBLICATION_DELAY, PUBLICATION_DELAY);
    return Math.max(this.soonest, next, this.#waited(PUBLICATION_INTERVAL));
  }

  /** When what waits has waited for so long. */
  #waited(delay: number): number {
    return deadline((this.#since ?? 0) + delay, delay);
  }
}
