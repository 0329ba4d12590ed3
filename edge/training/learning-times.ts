import type { Example } from "../log/messages.ts";
import { FEEDBACK_TO_PUBLICATION, JOIN_DURATION, LEARN_DURATION, PUBLISH_DURATION } from "../observe/families.ts";
import { type Counted, Histogram } from "../observe/histogram.ts";

/** What a trainer has timed since it started; in seconds. */
export type TrainerTimes = Record<"join" | "learn" | "publish" | "feedbackToPublication", Counted>;

/** Feedback that was learned and is in no publication yet: so many pieces that were received at this time, ms since the epoch. */
type Waiting = { receivedAt: number; n: number };

/** Most times that are kept until the next publication: above that, feedback counts as received when the last that is kept was. */
const MAX_WAITING = 10_000;

/** Times the stages of learning. Of a version that still catches up it is the log that is old, and not what is done with it: only learning is timed then. */
export class LearningTimes {
  readonly #join = new Histogram(JOIN_DURATION.bounds);
  readonly #learn = new Histogram(LEARN_DURATION.bounds);
  readonly #publish = new Histogram(PUBLISH_DURATION.bounds);
  readonly #feedbackToPublication = new Histogram(FEEDBACK_TO_PUBLICATION.bounds);
  #waiting: Waiting[] = [];

  /** Examples were learned. @param seconds that it took. @param now ms, when they came. @param follows whether the version keeps up with the log. */
  learned(examples: readonly Example[], seconds: number, { now, follows }: { now: number; follows: boolean }): void {
    if (examples.length === 0) return;
    this.#learn.add(seconds / examples.length, examples.length);
    if (!follows) return;
    for (const { feedbackAt } of examples) {
      if (feedbackAt === null) continue;
      this.#join.add((now - feedbackAt) / 1000);
      const last = this.#waiting.at(-1);
      if (last && (last.receivedAt === feedbackAt || this.#waiting.length >= MAX_WAITING)) last.n++;
      else this.#waiting.push({ receivedAt: feedbackAt, n: 1 });
    }
  }

  /** What was learned is being published; what is learned from now on is not in it. @returns what is to be called when it is, or could not be. */
  publishing(): { done(seconds: number, publishedAt: number): void; failed(): void } {
    const contained = this.#waiting;
    this.#waiting = [];
    return {
      done: (seconds, publishedAt) => {
        this.#publish.add(seconds);
        for (const { receivedAt, n } of contained)
          this.#feedbackToPublication.add((publishedAt - receivedAt) / 1000, n);
      },
      failed: () => {
        this.#waiting = [...contained, ...this.#waiting];
      },
    };
  }

  get times(): TrainerTimes {
    return {
      join: this.#join.counted,
      learn: this.#learn.counted,
      publish: this.#publish.counted,
      feedbackToPublication: this.#feedbackToPublication.counted,
    };
  }
}
