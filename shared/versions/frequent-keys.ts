import type { ByteReader } from "../artifact/byte-reader.ts";
import type { ByteWriter } from "../artifact/byte-writer.ts";

/**
 * Counts how often keys were added, in bounded memory: `most` counters, of which all go down by one when a key comes for which there is none (Misra and
 * Gries, 1982, "Finding repeated elements"). So a count is never too high, and too low by at most n / most of n that were added.
 */
export class FrequentKeys {
  readonly #most: number;
  /** By key, a whole number below 2^53. */
  readonly #counts = new Map<number, number>();

  constructor(most: number) {
    this.#most = most;
  }

  of(key: number): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: number): void {
    const count = this.#counts.get(key);
    if (count !== undefined || this.#counts.size < this.#most) {
      this.#counts.set(key, (count ?? 0) + 1);
      return;
    }
    for (const [other, n] of this.#counts)
      if (n === 1) this.#counts.delete(other);
      else this.#counts.set(other, n - 1);
  }

  /**
   * Goes on from the highest `most` counters, from all of which the next is taken away, as when two such summaries are merged (Agarwal et al., 2012, "Mergeable summaries"): what
   * a count may be too low by is n / `most` then.
   */
  shrink(most: number): void {
    if (this.#counts.size <= most) return;
    const next = Float64Array.from(this.#counts.values())
      .sort()
      .at(-1 - most)!;
    for (const [key, count] of this.#counts)
      if (count <= next) this.#counts.delete(key);
      else this.#counts.set(key, count - next);
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#counts.size);
    for (const [key, count] of this.#counts) {
      writer.float64(key);
      writer.varint(count);
    }
  }

  /** Reads what `write` gave; to be done once, before anything is added. */
  read(reader: ByteReader): void {
    for (let left = reader.varint("number of counters"); left > 0; left--)
      this.#counts.set(reader.finite("key"), reader.varint("count"));
    if (this.#counts.size > this.#most) throw reader.error(`has more than ${this.#most} counters`);
  }
}
