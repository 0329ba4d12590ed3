import { RowReader } from "./row-reader.ts";

/** Reads what ByteWriter wrote. @throws as RowReader, in every method. */
export class ByteReader extends RowReader {
  /** A 64-bit number. @throws Error also when it is not finite. */
  finite(field: string): number {
    const value = this.view.getFloat64(this.take(8, field), true);
    if (!Number.isFinite(value)) throw this.error(`its ${field} is not a finite number`);
    return value;
  }

  /** A view of a block that has its length in front. */
  block(field: string): Uint8Array {
    return this.bytes(this.varint(`length of ${field}`), field);
  }

  /** A view of so many bytes. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.take(length, field);
    return this.input.subarray(start, start + length);
  }

  /** @throws Error when bytes are left. */
  expectEnd(): void {
    if (this.remaining > 0) throw this.error(`${this.remaining} bytes follow its end`);
  }
}
