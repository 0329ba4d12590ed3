import { errorFields, writeOutput } from "../observe/output.ts";
import { Alarm } from "./alarm.ts";

/** How late an alarm may ring for what a timer was to do, when the object has ended before it, ms. */
const BACKUP = 10_000;
/** What is due later than so soon is left to the alarm, ms: a timer keeps its object in memory. */
const SOON = 2000;

/**
 * Wakes a Durable Object for what is to be done soon, by a timer. Its alarm, which costs a write each time that it is set, is there for what the object has to be started
 * for: it is set so far ahead that a busy object sets it once in BACKUP, and an object that has ended goes on after that at the latest.
 *
 * @example
 * const waking = new Waking(ctx.storage, () => this.#work()); // load() it, and call rang() when the alarm rings
 * waking.noLaterThan(Date.now() + 50);
 */
export class Waking {
  readonly #alarm: Alarm;
  readonly #work: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #working: Promise<void> | null = null;

  /** @param work does what is due, and says then when to be woken next. */
  constructor(storage: DurableObjectStorage, work: () => Promise<void>) {
    this.#alarm = new Alarm(storage);
    this.#work = work;
  }

  /** Must have been awaited before any other method. */
  load(): Promise<void> {
    return this.#alarm.load();
  }

  /** Makes sure that the work is done at `time` (ms since the epoch) or soon after. */
  noLaterThan(time: number): void {
    const now = Date.now();
    const soon = time <= now + SOON;
    this.#alarm.noLaterThan(soon ? now + BACKUP : time);
    if (!soon || time >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = time;
    this.#timer = setTimeout(() => void this.#wake(), Math.max(0, time - now));
  }

  /** There is nothing to be woken for. An alarm that is set rings in vain, which costs less than to take it back. */
  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** The alarm rang: does the work. @throws what the work throws: then the platform rings again. */
  rang(): Promise<void> {
    this.#alarm.rang();
    return this.#do();
  }

  /** Who is woken while the work is being done shares it. */
  #do(): Promise<void> {
    this.clear();
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async #wake(): Promise<void> {
    try {
      await this.#do();
    } catch (error) {
      writeOutput("error", "an object could not do what was due, and is woken again", errorFields(error));
      this.#alarm.noLaterThan(Date.now());
    }
  }
}
