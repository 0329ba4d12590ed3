/** Bounds of a line; times are ms. */
export type LineLimits = {
  /** Who is worked on at once. */
  most: number;
  /** Who is worked on for longer than this waits for somebody else, and holds up nobody. */
  working: number;
  /** The line is late when somebody waits for `high`, until nobody does for `low`. */
  late: { high: number; low: number };
  /** Nobody waits longer than this. */
  patience: number;
  /** Longest time between two looks whether it is one's turn. */
  look: number;
};

/** A call that waits, since when, and when it looked last. */
type Waiting = { since: number; lookedAt: number };
/** A call whose turn it is. */
export type Turn = { at: number };

/**
 * Calls stand in line, and only some are worked on at once, the oldest first. All share one thread: were each worked on as soon as it is read, those that are not read yet
 * would wait in the sockets, where nobody can count them, send them away, or answer a question about health before them.
 *
 * What counts is not how many wait, but for how long the oldest has (after CoDel: Nichols and Jacobson, Controlling queue delay, ACM Queue 10(5), 2012).
 *
 * A request of a Worker cannot wake another, so each looks by itself, the sooner the nearer its turn is.
 *
 * @example
 * const line = new Line({ most: 16, working: 100, late: { high: 500, low: 250 }, patience: 1500, look: 50 }, Date.now, (ms) => scheduler.wait(ms));
 * const turn = await line.enter(); // null: it took too long
 * if (turn) line.leave(turn);
 */
export class Line {
  readonly #limits: LineLimits;
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<void>;
  /** The oldest stands first. */
  #waiting: Waiting[] = [];
  readonly #turns = new Set<Turn>();
  /** About how long it takes from one leaving to the next, while others wait, ms. */
  #pace = 1;
  #leftAt = 0;
  #late = false;

  /** @param now ms. @param wait resolves after so many ms. */
  constructor(limits: LineLimits, now: () => number, wait: (ms: number) => Promise<void>) {
    this.#limits = limits;
    this.#now = now;
    this.#wait = wait;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether whoever comes now is to come another time: the oldest has waited too long, or who comes now would. */
  get isLate(): boolean {
    const now = this.#now();
    this.#forgetGone(now);
    const [oldest] = this.#waiting;
    const waits = oldest ? Math.max(Math.abs(now - oldest.since), this.#waiting.length * this.#pace) : 0;
    const { high, low } = this.#limits.late;
    this.#late = waits >= (this.#late ? low : high);
    return this.#late;
  }

  /** @returns the turn, to be handed to `leave`; null when it did not come in time. */
  async enter(): Promise<Turn | null> {
    const since = this.#now();
    if (this.#waiting.length === 0 && this.#free(since) > 0) return this.#begin(since);
    const own: Waiting = { since, lookedAt: since };
    this.#waiting.push(own);
    try {
      for (;;) {
        const place = this.#waiting.indexOf(own);
        await this.#wait(Math.min(this.#limits.look, Math.max(1, (place * this.#pace) / 2)));
        const now = this.#now();
        own.lookedAt = now;
        this.#forgetGone(now);
        // Those before it may still sleep; there is room for them too.
        if (this.#waiting.indexOf(own) < this.#free(now)) return this.#begin(now);
        if (Math.abs(now - since) > this.#limits.patience) return null;
      }
    } finally {
      this.#waiting = this.#waiting.filter((one) => one !== own);
    }
  }

  /** To leave again changes nothing. */
  leave(turn: Turn): void {
    if (!this.#turns.delete(turn)) return;
    const now = this.#now();
    const since = Math.min(Math.max(now - this.#leftAt, 0), this.#limits.look);
    this.#leftAt = now;
    if (this.#waiting.length > 0) this.#pace += (since - this.#pace) / 16;
  }

  #begin(now: number): Turn {
    const turn = { at: now };
    this.#turns.add(turn);
    return turn;
  }

  /** For how many more there is room. */
  #free(now: number): number {
    for (const turn of this.#turns) {
      if (Math.abs(now - turn.at) < this.#limits.working) break;
      this.#turns.delete(turn);
    }
    return this.#limits.most - this.#turns.size;
  }

  /** A request that the platform has ended without a word looks no more, and holds up nobody. */
  #forgetGone(now: number): void {
    const { look, patience } = this.#limits;
    while (this.#waiting.length > 0 && Math.abs(now - this.#waiting[0]!.lookedAt) > look + patience)
      this.#waiting.shift();
  }
}
