/** Digest of a sequence of numbers and texts, 64 bits as 16 hex digits: two 32-bit FNV-1a lanes. For equality, not security. */
export class Digest {
  #a = 0x811c9dc5 | 0;
  #b = 0x2f4ab0c1 | 0;
  readonly #view = new DataView(new ArrayBuffer(8));

  /** All 64 bits of the number count. */
  number(value: number): void {
    this.#view.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.#byte(this.#view.getUint8(i));
  }

  numbers(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.number(values[i]!);
  }

  text(text: string): void {
    this.number(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.#byte(unit & 0xff);
      this.#byte(unit >>> 8);
    }
  }

  hex(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #byte(byte: number): void {
    this.#a = Math.imul(this.#a ^ byte, 16777619);
    this.#b = Math.imul(this.#b ^ byte ^ (this.#b >>> 15), 0x5bd1e995);
  }
}
