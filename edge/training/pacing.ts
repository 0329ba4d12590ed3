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

  /** The earliest time for the next. */
  get soonest(): number {
    return deadline(this.#notBefore, MAX_PUBLICATION_PAUSE);
  }

  /** When what waits is to be done at the latest, though it is little. */
  get latest(): number {
    return Math.max(this.soonest, deadline((this.#since ?? 0) + PUBLICATION_DELAY, PUBLICATION_DELAY));
  }

  /** When a publication is due, by how many examples were learned and how many of them are published. */
  due(examples: number, published: number): number {
    return examples - published >= published * PUBLICATION_GROWTH ? this.soonest : this.latest;
  }
}
