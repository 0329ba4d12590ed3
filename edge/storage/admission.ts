/** What is in progress at most: `high` from which on nothing more is let in, `low` under which it is again. */
export type Watermarks = { high: number; low: number };

/** A call that was let in. */
export type Place = { bytes: number; at: number };

/**
 * Lets calls in while there is room for their work, and sends the newest away when there is none: those that are in are answered in the time
 * that they take, and the others know at once. Between the watermarks it stays as it was, so that it does not change with every call.
 *
 * @example
 * const admission = new Admission({ calls: { high: 2, low: 1 }, bytes: { high: 1000, low: 500 }, longest: 60_000 });
 * const place = admission.enter(10, Date.now()); // null: there is no room
 * if (place) admission.leave(place);
 */
export class Admission {
  readonly #limits: { calls: Watermarks; bytes: Watermarks; longest: number };
  /** The oldest stands first. */
  readonly #places = new Set<Place>();
  #bytes = 0;
  #full = false;

  /** @param limits `longest`: ms after which a call that has not left is no more: the platform ends some without a word. */
  constructor(limits: { calls: Watermarks; bytes: Watermarks; longest: number }) {
    for (const { high, low } of [limits.calls, limits.bytes])
      if (!(low >= 0 && low < high))
        throw new RangeError(`the low watermark ${low} must be under the high one, ${high}`);
    this.#limits = limits;
  }

  /** How many calls are in, and how many bytes they have. */
  get inside(): { calls: number; bytes: number } {
    return { calls: this.#places.size, bytes: this.#bytes };
  }

  /** Whether nobody is let in. @param now ms. */
  isFull(now: number): boolean {
    // A clock that was put back keeps nobody inside.
    if (this.#full)
      for (const place of this.#places) if (Math.abs(now - place.at) > this.#limits.longest) this.leave(place);
    return this.#full;
  }

  /** @param bytes of the call's body. @param now ms. @returns the place that it has until it leaves; null when there is no room. */
  enter(bytes: number, now: number): Place | null {
    if (this.isFull(now)) return null;
    const place = { bytes, at: now };
    this.#places.add(place);
    this.#bytes += bytes;
    const { calls, bytes: ofBytes } = this.#limits;
    this.#full = this.#places.size >= calls.high || this.#bytes >= ofBytes.high;
    return place;
  }

  /** To leave again changes nothing. */
  leave(place: Place): void {
    if (!this.#places.delete(place)) return;
    this.#bytes -= place.bytes;
    const { calls, bytes } = this.#limits;
    if (this.#places.size <= calls.low && this.#bytes <= bytes.low) this.#full = false;
  }
}
