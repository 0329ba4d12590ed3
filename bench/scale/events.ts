/** Discrete events on a virtual clock, ms. What is due at one time happens in the order in which it was said. */
export class Events {
  #now = 0;
  #said = 0;
  readonly #heap: { at: number; order: number; work: () => void }[] = [];

  get now(): number {
    return this.#now;
  }

  /** @param delay ms from now. */
  after(delay: number, work: () => void): void {
    const heap = this.#heap;
    const event = { at: this.#now + delay, order: this.#said++, work };
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  /** Does all that is due until then. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      next.work();
    }
    this.#now = end;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

const isBefore = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

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
