import { hashFeature } from "./hash.ts";

const MAX_KEPT = 4096;
/** Longer texts are not kept. */
export const MAX_KEPT_LENGTH = 64;

/** Hashes of strings under one seed, kept up to a bound: values come from callers, so their number has no other. */
export class BoundedHashes {
  readonly #seed: number;
  readonly #hashes = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(text: string): number {
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    const hash = hashFeature(text, this.#seed);
    if (text.length <= MAX_KEPT_LENGTH) {
      if (this.#hashes.size >= MAX_KEPT) this.#hashes.clear();
      this.#hashes.set(text, hash);
    }
    return hash;
  }
}
