/**
 * Reads what ByteWriter wrote, from bytes that nobody vouches for: every method throws an Error that names what was being
 * read when the bytes end early or a length does not fit.
 */
export class ByteReader {
  readonly #what: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** @param what what the bytes are, for messages: "snapshot". */
  constructor(bytes: Uint8Array, what: string) {
    this.#what = what;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  byte(field: string): number {
    return this.#view.getUint8(this.#take(1, field));
  }

  varint(field: string): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte(field);
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw this.error(`${field} is not a varint of 32 bits`);
  }

  /** So many 32-bit numbers, whatever they are. */
  float32s(count: number, field: string): Float32Array {
    const start = this.#take(4 * count, field);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getFloat32(start + 4 * i, true);
    return values;
  }

  /** A 64-bit number. @throws Error also when it is not finite. */
  finite(field: string): number {
    const value = this.#view.getFloat64(this.#take(8, field), true);
    if (!Number.isFinite(value)) throw this.error(`its ${field} is not a finite number`);
    return value;
  }

  ascii(length: number, field: string): string {
    const start = this.#take(length, field);
    let text = "";
    for (let i = start; i < start + length; i++) text += String.fromCharCode(this.#bytes[i]!);
    return text;
  }

  /** A view of a block that has its length in front. */
  block(field: string): Uint8Array {
    return this.bytes(this.varint(`length of ${field}`), field);
  }

  /** A view of so many bytes. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.#bytes.subarray(start, start + length);
  }

  /** @throws Error when the first bytes are not `magic` followed by `version`. */
  expectHeader(magic: string, version: number): void {
    this.header(magic, [version]);
  }

  /**
   * @param versions those that can be read, the newest first.
   * @returns which of them it is.
   * @throws Error when the first bytes are not `magic` followed by one of them.
   */
  header(magic: string, versions: readonly number[]): number {
    if (this.ascii(magic.length, "magic") !== magic) throw this.error(`it does not begin with ${magic}`);
    const found = this.byte("format version");
    if (!versions.includes(found)) throw this.error(`format version ${found} is not ${versions.join(" or ")}`);
    return found;
  }

  /** @throws Error when bytes are left. */
  expectEnd(): void {
    if (this.remaining > 0) throw this.error(`${this.remaining} bytes follow its end`);
  }

  error(message: string): Error {
    return new Error(`not a valid ${this.#what}: ${message}`);
  }

  #take(length: number, field: string): number {
    if (length > this.remaining)
      throw this.error(`it ends within ${field} (${this.remaining} of ${length} bytes are there)`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
