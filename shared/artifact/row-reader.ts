/**
 * Reads what RowWriter wrote, from bytes that nobody vouches for: every method throws an Error that names what was being
 * read when the bytes end early or a length does not fit. Pages read no more; learners have ByteReader.
 */
export class RowReader {
  readonly #what: string;
  protected readonly input: Uint8Array;
  protected readonly view: DataView;
  #at = 0;

  /** @param what what the bytes are, for messages: "snapshot". */
  constructor(bytes: Uint8Array, what: string) {
    this.#what = what;
    this.input = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.input.length - this.#at;
  }

  byte(field: string): number {
    return this.view.getUint8(this.take(1, field));
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
    const start = this.take(4 * count, field);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.view.getFloat32(start + 4 * i, true);
    return values;
  }

  ascii(length: number, field: string): string {
    const start = this.take(length, field);
    let text = "";
    for (let i = start; i < start + length; i++) text += String.fromCharCode(this.input[i]!);
    return text;
  }

  /**
   * @param versions those that can be read, the newest first.
   * @returns which of them it is.
   * @throws Error when the first bytes are not `magic` followed by one of them.
   */
  header(magic: string, ...versions: readonly number[]): number {
    if (this.ascii(magic.length, "magic") !== magic) throw this.error(`it does not begin with ${magic}`);
    const found = this.byte("format version");
    if (!versions.includes(found)) throw this.error(`format version ${found} is not ${versions.join(" or ")}`);
    return found;
  }

  error(message: string): Error {
    return new Error(`not a valid ${this.#what}: ${message}`);
  }

  protected take(length: number, field: string): number {
    if (length > this.remaining)
      throw this.error(`it ends within ${field} (${this.remaining} of ${length} bytes are there)`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
