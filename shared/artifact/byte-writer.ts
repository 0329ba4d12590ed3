import { NotFiniteError, RowWriter } from "./row-writer.ts";

/** Grows bytes from more than rows: 64-bit numbers, and what other writers wrote. */
export class ByteWriter extends RowWriter {
  /** A 64-bit number. @throws NotFiniteError */
  finite(value: number, field: string): void {
    if (!Number.isFinite(value)) throw new NotFiniteError(field, value);
    this.float64(value);
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.filled, value, true);
    this.filled += 8;
  }

  /** Bytes, without a length. */
  bytes(values: Uint8Array): void {
    this.reserve(values.length);
    this.part.set(values, this.filled);
    this.filled += values.length;
  }

  /** What another writer wrote, with its length in front. The other is not to be written to any more. */
  block(other: ByteWriter): void {
    this.varint(other.length);
    this.endPart();
    this.full.push(...other.parts());
    this.before += other.length;
  }
}
