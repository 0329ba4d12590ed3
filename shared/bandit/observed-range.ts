import type { ByteReader } from "../artifact/byte-reader.ts";
import type { ByteWriter } from "../artifact/byte-writer.ts";
import type { StatePart } from "../artifact/state-part.ts";

/** A reward widens the range at most by so many times its width. */
const WIDENING = 9;
/** Of the way from an end of the range to a reward, so much is forgotten with it. */
const FORGETTING = 1 / 10_000;

/**
 * The range that rewards lie in, which is the unit that SquareCB's gamma counts gaps between scores in (policies/square-cb.ts): its theory is
 * for rewards from 0 to 1. The width is 1 while all rewards are alike.
 *
 * One absurd reward makes it at most ten times as wide, and half of that is forgotten within 7,000 rewards; rewards that are really so
 * large are let in within a few. (The first two are taken as they are.) It forgets slowly, because a policy that avoids what is bad
 * sees little of it, and would soon be too sure of itself.
 */
export class ObservedRange implements StatePart {
  #count = 0;
  #low = 0;
  #high = 0;

  learn(reward: number): void {
    if (this.#count++ === 0) this.#low = this.#high = reward;
    const width = this.#high - this.#low;
    const least = width > 0 ? this.#low - WIDENING * width : reward;
    const most = width > 0 ? this.#high + WIDENING * width : reward;
    const taken = Math.min(Math.max(reward, least), most);
    this.#low = Math.min(this.#low + FORGETTING * (taken - this.#low), taken);
    this.#high = Math.max(this.#high + FORGETTING * (taken - this.#high), taken);
  }

  /** Above 0, and finite. */
  get width(): number {
    const width = this.#high - this.#low;
    return width > 0 ? width : 1;
  }

  write(writer: ByteWriter): void {
    for (const value of [this.#count, this.#low, this.#high]) writer.float64(value);
  }

  read(reader: ByteReader): () => void {
    const count = reader.finite("number of rewards");
    const low = reader.finite("lowest reward");
    const high = reader.finite("highest reward");
    if (!(Number.isSafeInteger(count) && count >= 0 && low <= high && high - low <= Number.MAX_VALUE))
      throw reader.error("its range of rewards is out of range");
    return () => {
      this.#count = count;
      this.#low = low;
      this.#high = high;
    };
  }
}
