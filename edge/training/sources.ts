import type { Stage } from "../../shared/contract/directory.ts";
import type { Slice } from "../log/messages.ts";
import { isPressed } from "../observe/pressure.ts";
import { deadline } from "../storage/clock.ts";
import { Retry } from "../storage/retry.ts";
import { within } from "../storage/within.ts";
import { ADVANCE_WAIT, CATCH_UP_LIMIT, MAX_CATCH_UP_PAUSE, RETRY, SLICE_LIMIT, WAITS_INTERVAL } from "./limits.ts";
import type { LogLearner } from "./log-learner.ts";
import { AT_ONCE, type Task } from "./work.ts";

/** A partition that is read. */
type Source = {
  name: string;
  /** Whether it may have something to read. After a start all may. */
  wanted: boolean;
  /** How often somebody said so: what is said while it is read may be of what that reading has not seen. */
  asked: number;
  /** How long after it was read its next wait is over, which is a reason to read, ms; null when none is open. */
  endsIn: number | null;
  readAt: number;
  retry: Retry;
  /** Resolved when it is no longer wanted, or reading it failed. */
  settled: PromiseWithResolvers<void> | null;
};

/** Reads the partitions: what they send, and over gaps what they are asked for; first of all what has to be learned again. */
export class Sources {
  readonly #learner: LogLearner;
  readonly #stage: () => Stage;
  readonly #read: () => void;
  /** The one that was read last stands at the end, so that each has its turn. */
  readonly #sources: Source[];
  readonly #followRetry = new Retry(RETRY);

  /** @param read called when a log was read further. */
  constructor(partitions: readonly string[], learner: LogLearner, stage: () => Stage, read: () => void) {
    this.#learner = learner;
    this.#stage = stage;
    this.#read = read;
    this.#sources = partitions.map((name) => ({
      name,
      wanted: true,
      asked: 0,
      endsIn: null,
      readAt: AT_ONCE,
      retry: new Retry(RETRY),
      settled: null,
    }));
  }

  get names(): string[] {
    return this.#sources.map(({ name }) => name);
  }

  /** Whether the learner has been at the end of every partition since it began. */
  get atEnds(): boolean {
    return !this.#learner.follows && this.#sources.every(({ name }) => this.#learner.hasBeenAtEnd(name));
  }

  /** Whether nothing is known of that is left to learn. */
  get settled(): boolean {
    return !this.#learner.follows && this.#sources.every(({ wanted }) => !wanted);
  }

  /** All may have something to read. */
  wake(): void {
    for (const source of this.#sources) want(source);
  }

  *tasks(): Generator<Task> {
    if (this.#learner.follows) {
      yield { at: AT_ONCE, what: "learn the log again", retry: this.#followRetry, run: () => this.#follow() };
      return;
    }
    for (const source of this.#sources) {
      const { name, wanted, endsIn, readAt, retry } = source;
      const what = `read partition ${name}`;
      const run = () => this.#readNext(source);
      if (wanted) yield { at: AT_ONCE, what, retry, run };
      else if (endsIn !== null) {
        const pause = Math.max(endsIn, WAITS_INTERVAL);
        yield { at: deadline(readAt + pause, pause), what, retry, run };
      }
    }
  }

  /**
   * A partition has something new. A slice that goes on where the learner is is learned at once; over anything else the partition is asked, by
   * `work`. Resolves when what it has is learned, or later than ADVANCE_WAIT at the latest.
   */
  async advance(partition: string, slice: Slice | null, work: () => void): Promise<void> {
    const source = this.#sources.find(({ name }) => name === partition);
    if (!source) throw new Error(`there is no partition ${partition}: there are ${this.names.join(", ")}`);
    if (slice && this.#learner.take(partition, slice)) return this.#heard(source, slice);
    want(source);
    // It failed a moment ago, and has its time to come.
    if (source.retry.notBefore > Date.now()) return;
    source.settled ??= Promise.withResolvers();
    const { promise } = source.settled;
    work();
    await within(ADVANCE_WAIT, promise);
  }

  async #follow(): Promise<void> {
    const started = performance.now();
    // What is published serves meanwhile: nobody waits for it, and others share its thread.
    await this.#learner.learnAgain(CATCH_UP_LIMIT);
    this.#read();
    await this.#rest(started);
  }

  async #readNext(source: Source): Promise<void> {
    const started = performance.now();
    const { asked } = source;
    this.#sources.push(...this.#sources.splice(this.#sources.indexOf(source), 1));
    try {
      const slice = await this.#learner.learnNext(source.name, this.#limit);
      this.#heard(source, { ...slice, more: slice.more || source.asked !== asked });
      if (slice.anew) this.wake();
      if (slice.more) await this.#rest(started);
    } catch (error) {
      settle(source);
      throw error;
    }
  }

  #heard(source: Source, { more, endsIn }: Pick<Slice, "more" | "endsIn">): void {
    source.wanted = more;
    source.endsIn = endsIn;
    source.readAt = Date.now();
    if (!more) settle(source);
    this.#read();
  }

  get #limit(): number {
    return this.#yields ? CATCH_UP_LIMIT : SLICE_LIMIT;
  }

  /** Whether others come first: while calls wait, and always where it serves nobody for lack of examples. On one machine they share a thread. */
  get #yields(): boolean {
    return this.#stage() !== "live" || isPressed(Date.now());
  }

  /** Who yields lets other objects work for as long as it did. */
  async #rest(started: number): Promise<void> {
    // Between objects of one process there is always something to do, and workerd takes nothing from the network until one of them has waited for a timer. The clock,
    // too, goes on only then.
    await scheduler.wait(0);
    if (!this.#yields) return;
    await scheduler.wait(Math.min(performance.now() - started, MAX_CATCH_UP_PAUSE));
  }
}

function want(source: Source): void {
  source.wanted = true;
  source.asked++;
}

function settle(source: Source): void {
  source.settled?.resolve();
  source.settled = null;
}
