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
 * Grows bytes from little-endian numbers and varints. They are kept in parts, so that nothing is copied while they grow: the
 * state of a large learner is tens of MiB, beside the learner itself. Pages write no more than rows; learners have ByteWriter.
 */
export class RowWriter {
  /** Parts that are full, and how many bytes they have. */
  protected readonly full: Uint8Array<ArrayBuffer>[] = [];
  protected before = 0;
  protected part = new Uint8Array(1024);
  protected view = new DataView(this.part.buffer);
  /** How much of the part is filled. */
  protected filled = 0;

  /** How many bytes were written. */
  get length(): number {
    return this.before + this.filled;
  }

  byte(value: number): void {
    this.reserve(1);
    this.part[this.filled++] = value;
  }

  /** A whole number from 0 to 2^32 - 1, seven bits a byte, the lowest first (LEB128). */
  varint(value: number): void {
    this.reserve(5);
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.part[this.filled++] = (rest & 0x7f) | 0x80;
    this.part[this.filled++] = rest;
  }

  float32(value: number): void {
    this.reserve(4);
    this.view.setFloat32(this.filled, value, true);
    this.filled += 4;
  }

  /** Characters of ASCII, without a length. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.part[this.filled++] = text.charCodeAt(i);
  }

  /** What was written, in parts. */
  parts(): readonly Uint8Array<ArrayBuffer>[] {
    this.endPart();
    return this.full;
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

  protected reserve(more: number): void {
    if (this.filled + more <= this.part.length) return;
    this.endPart();
    this.part = new Uint8Array(Math.max(more, Math.min(2 * this.part.length, PART_BYTES)));
    this.view = new DataView(this.part.buffer);
  }

  protected endPart(): void {
    if (this.filled === 0) return;
    this.full.push(this.part.slice(0, this.filled));
    this.before += this.filled;
    this.filled = 0;
  }
}
