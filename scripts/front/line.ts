import { Concurrency, type Inside } from "./concurrency.ts";

/** Bounds of a line; times are ms (limits.ts says why). */
export type LineLimits = {
  inside: Inside;
  slow: { after: number; most: number };
  wait: { low: number; high: number; burst: number; standing: number; patience: number };
};

/** Who stands in line. */
export type InLine = {
  /** It is its turn: it is inside until it leaves. */
  begin: () => void;
  /** It waited for too long. */
  giveUp: () => void;
  /** Whether nobody waits for its answer any more. */
  isGone: () => boolean;
};

type Waiting = { one: InLine; since: number };
/** Somebody who is inside. */
type Turn = { since: number; slow: boolean };

/** Turns over which the pace is a mean, or a little more. */
const PACE_TURNS = 32;
const FEW_TURNS = 8;

/**
 * Calls stand in line before workerd, the oldest first, and only some are inside at once. What decides whether somebody may stand in it is how long that would take, and not how many
 * there are; more so in a line that has not been empty for long, whose waiting absorbs nothing (Nichols and Jacobson, Controlling queue delay, ACM Queue 10(5), 2012; as a
 * server's line: Maurer, Fail at scale, ACM Queue 13(8), 2015).
 */
export class Line {
  readonly #limits: LineLimits;
  readonly #now: () => number;
  readonly #concurrency: Concurrency;
  /** The oldest stands first, at `#first`. */
  #waiting: Waiting[] = [];
  #first = 0;
  readonly #inside = new Map<InLine, Turn>();
  #slow = 0;
  /** About how long it takes from one turn to the next while others wait, and of how many turns that is the mean. */
  #pace = 0;
  #turns = 0;
  /** When the last turn began that left others waiting; null: it left none. */
  #begunAt: number | null = null;
  #emptyAt: number;
  #late = false;

  /** @param now ms, which never goes back. */
  constructor(limits: LineLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#concurrency = new Concurrency(limits.inside);
    this.#emptyAt = now();
  }

  get statistics(): { waiting: number; inside: number; limit: number } {
    return { waiting: this.#length, inside: this.#inside.size, limit: this.#concurrency.limit };
  }

  /** Whether whoever comes now is to come another time. */
  get isLate(): boolean {
    if (this.#length === 0) return false;
    const now = this.#now();
    const { low, high, burst, standing } = this.#limits.wait;
    // A few turns say little of those to come.
    const reckoned = this.#turns < FEW_TURNS ? 0 : this.#length * this.#pace;
    const wait = Math.max(now - this.#waiting[this.#first]!.since, reckoned);
    const most = now - this.#emptyAt > standing ? high : burst;
    this.#late = wait >= (this.#late ? low : most);
    return this.#late;
  }

  /** It begins at once, or later, or gives up. */
  enter(one: InLine): void {
    const now = this.#now();
    if (this.#length === 0) this.#emptyAt = now;
    this.#waiting.push({ one, since: now });
    this.#advance(now);
  }

  /** It is inside no more; to leave again changes nothing. */
  leave(one: InLine): void {
    const turn = this.#inside.get(one);
    if (!turn) return;
    this.#inside.delete(one);
    if (turn.slow) this.#slow--;
    const now = this.#now();
    this.#concurrency.answered(now - turn.since, this.#length > 0);
    this.#advance(now);
  }

  /** To be called now and then: for those before whom nobody leaves. */
  tick(): void {
    const now = this.#now();
    const { after } = this.#limits.slow;
    for (const turn of this.#inside.values()) {
      if (now - turn.since < after) break;
      if (turn.slow) continue;
      turn.slow = true;
      this.#slow++;
    }
    this.#advance(now);
  }

  get #length(): number {
    return this.#waiting.length - this.#first;
  }

  /** Those whose turn it is begin, and those who have waited for too long give up. */
  #advance(now: number): void {
    const { slow, wait } = this.#limits;
    while (this.#length > 0) {
      const { one, since } = this.#waiting[this.#first]!;
      const isDone = one.isGone() || now - since > wait.patience;
      const hasRoom = this.#slow < slow.most && this.#inside.size - this.#slow < this.#concurrency.limit;
      if (!isDone && !hasRoom) break;
      this.#shift();
      if (one.isGone()) continue;
      if (isDone) one.giveUp();
      else this.#begin(one, now);
    }
    if (this.#length > 0) return;
    this.#emptyAt = now;
    this.#late = false;
  }

  #begin(one: InLine, now: number): void {
    if (this.#begunAt !== null) {
      this.#turns = Math.min(PACE_TURNS, this.#turns + 1);
      this.#pace += (now - this.#begunAt - this.#pace) / this.#turns;
    }
    this.#begunAt = this.#length > 0 ? now : null;
    this.#inside.set(one, { since: now, slow: false });
    one.begin();
  }

  #shift(): void {
    this.#first++;
    // An array's own shift moves all that is behind.
    if (this.#first < 1024 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }
}
