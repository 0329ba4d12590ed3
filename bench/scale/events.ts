import { type Due, Queue } from "../../simulation/platform/queue.ts";

/** Discrete events on a virtual clock, ms. What is due at one time happens in the order in which it was said. */
export class Events {
  #now = 0;
  #said = 0;
  readonly #queue = new Queue<Due & { work: () => void }>();

  get now(): number {
    return this.#now;
  }

  /** @param delay ms from now. */
  after(delay: number, work: () => void): void {
    this.#queue.put({ at: this.#now + delay, order: this.#said++, work });
  }

  /** Does all that is due until then. */
  runUntil(end: number): void {
    for (let next = this.#queue.first; next && next.at <= end; next = this.#queue.first) {
      this.#queue.take();
      this.#now = next.at;
      next.work();
    }
    this.#now = end;
  }
}

/** What does one thing at a time, in the order in which it came: an isolate's thread. */
export class Thread {
  readonly #events: Events;
  #free = 0;
  #busy = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  /** ms of work so far, also of what is still to be done. */
  get busy(): number {
    return this.#busy;
  }

  /** ms that what comes now would wait. */
  get backlog(): number {
    return Math.max(0, this.#free - this.#events.now);
  }

  /** @param ms that it takes. @param done when it is done. */
  work(ms: number, done: () => void): void {
    const begins = Math.max(this.#free, this.#events.now);
    this.#free = begins + ms;
    this.#busy += ms;
    this.#events.after(this.#free - this.#events.now, done);
  }
}
