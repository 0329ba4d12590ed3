import { createHash } from "node:crypto";

/** The sum of the hashes of texts, in whatever order they come. */
export class Digest {
  #sum = 0n;

  add(text: string): void {
    this.#sum = (this.#sum + createHash("sha256").update(text).digest().readBigUInt64LE()) & 0xffff_ffff_ffff_ffffn;
  }

  get text(): string {
    return this.#sum.toString(16);
  }
}
