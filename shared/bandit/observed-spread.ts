import type { ByteReader } from "../artifact/byte-reader.ts";
import type { ByteWriter } from "../artifact/byte-writer.ts";
import type { StatePart } from "../artifact/state-part.ts";

/** Rewards after which it is taken for known. */
const ENOUGH = 100;
/** Share of the newest reward in what is known, from the 1,000th on. */
const RECENT = 1 / 1000;
/** Of the way down to what is known, so much is gone with each reward. */
const FORGETTING = 1 / 10_000;

/**
 * How widely rewards scatter: twice their standard deviation, at most their range. In this unit a rank model with `auto` counts gaps between scores (policies/square-cb.ts).
 * Rewards of 0 and 1, as many of both, scatter as widely as their range; where two in a hundred are clicked it is .28 of it, so that what is tried of worse actions is up to a quarter.
 *
 * It is as wide as it ever was, and forgets that slowly: a policy that avoids what is bad sees little of it, and would soon be too sure of itself.
 */
export class ObservedSpread implements StatePart {
  #count = 0;
  #mean = 0;
  #variance = 0;
  #width = 0;

  /** @param range width of the range of rewards, which one absurd reward cannot make wide for ever: none is taken to lie farther from the mean. */
  learn(reward: number, range: number): void {
    const share = Math.max(1 / ++this.#count, RECENT);
    const gap = this.#count === 1 ? reward : Math.min(Math.max(reward - this.#mean, -range), range);
    this.#mean += share * gap;
    this.#variance = this.#count === 1 ? 0 : (1 - share) * (this.#variance + share * gap * gap);
    if (this.#count < ENOUGH) return;
    const known = 2 * Math.sqrt(this.#variance);
    this.#width = Math.max(this.#width + FORGETTING * (known - this.#width), known);
  }

  /** Above 0; the range until enough is known. @param range width of the range of rewards. */
  width(range: number): number {
    return this.#width > 0 ? Math.min(this.#width, range) : range;
  }

  write(writer: ByteWriter): void {
    for (const value of [this.#count, this.#mean, this.#variance, this.#width]) writer.float64(value);
  }

  read(reader: ByteReader): () => void {
    const count = reader.finite("number of rewards");
    const mean = reader.finite("mean reward");
    const variance = reader.finite("variance of rewards");
    const width = reader.finite("spread of rewards");
    if (!(Number.isSafeInteger(count) && count >= 0 && variance >= 0 && width >= 0))
      throw reader.error("its spread of rewards is out of range");
    return () => {
      this.#count = count;
      this.#mean = mean;
      this.#variance = variance;
      this.#width = width;
    };
  }
}
