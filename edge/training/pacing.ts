import { PUBLICATION_INTERVAL, PUBLICATION_SHARE } from "../limits.ts";

/** When the next commit or publication may be, so that they take a bounded part of the learner's time. */
export class Pacing {
  #notBefore = 0;

  /** @returns the earliest time from `now` on, ms since the epoch. */
  next(now: number): number {
    return Math.max(now, this.#notBefore);
  }

  /** A commit or publication took this time. */
  worked(started: number, ended: number): void {
    this.#notBefore = Math.max(started + PUBLICATION_INTERVAL, ended + (ended - started) / PUBLICATION_SHARE);
  }
}
