/** Most bytes of a part, but for one that is written at once. A row of a Durable Object's SQLite holds at most 2 MB. */
const PART_BYTES = 2 ** 20;

/** A number that nobody could read again: what has it is not to be kept, or published. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";

  /** @param field of which it is, such as `weight 17`. */
  constructor(field: string, value: number) {
    super(`its ${field} is ${value}, which is not a finite number`);
  }
}

/**
 * Grows bytes from little-endian numbers, varints and blocks. They are kept in parts, so that nothing is copied while they grow: the
 * state of a large learner is tens of MiB, beside the learner itself.
 */
export class ByteWriter {
  /** Parts that are full, and how many bytes they have. */
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #before = 0;
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.#before + this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^32 - 1, seven bits a byte, the lowest first (LEB128). */
  varint(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** A 64-bit number. @throws NotFiniteError */
  finite(value: number, field: string): void {
    if (!Number.isFinite(value)) throw new NotFiniteError(field, value);
    this.float64(value);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Bytes, without a length. */
  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** Characters of ASCII, without a length. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
  }

  /** What another writer wrote, with its length in front. The other is not to be written to any more. */
  block(other: ByteWriter): void {
    this.varint(other.length);
    this.#endPart();
    this.#parts.push(...other.parts());
    this.#before += other.length;
  }

  /** What was written, in parts. */
  parts(): readonly Uint8Array<ArrayBuffer>[] {
    this.#endPart();
    return this.#parts;
  }

  /** What was written, as one. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.length);
    let offset = 0;
    for (const part of this.parts()) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    this.#endPart();
    this.#begin(Math.max(more, Math.min(2 * this.#bytes.length, PART_BYTES)));
  }

  #endPart(): void {
    if (this.#length === 0) return;
    this.#parts.push(this.#bytes.slice(0, this.#length));
    this.#before += this.#length;
    this.#length = 0;
  }

  #begin(size: number): void {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
