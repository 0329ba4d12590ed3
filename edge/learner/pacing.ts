import { PUBLICATION_INTERVAL, PUBLICATION_SHARE } from "../limits.ts";

/** When the next publication may be, so that publications take a bounded part of the learner's time. */
export class Pacing {
  #notBefore = 0;

  /** @returns the earliest time from `now` on, ms since the epoch. */
  next(now: number): number {
    return Math.max(now, this.#notBefore);
  }

  published(started: number, ended: number): void {
    this.#notBefore = Math.max(started + PUBLICATION_INTERVAL, ended + (ended - started) / PUBLICATION_SHARE);
  }
}
