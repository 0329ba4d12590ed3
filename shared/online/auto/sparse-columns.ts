import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import { readIndices, writeIndices } from "../../artifact/sparse-indices.ts";

/** Writes the rows of a table of `columns` numbers an index that `touched` keeps. */
export function writeColumns(
  writer: ByteWriter,
  table: Float32Array,
  columns: number,
  touched: (index: number) => boolean,
  size: number,
): void {
  const list: number[] = [];
  for (let i = 0; i < size; i++) if (touched(i)) list.push(i);
  const indices = Uint32Array.from(list);
  writeIndices(writer, indices);
  for (const index of indices) for (let c = 0; c < columns; c++) writer.float32(table[columns * index + c]!);
}

/**
 * Reads what `writeColumns` wrote.
 * @param positive columns that hold no negative numbers.
 * @returns what writes the numbers to a table; nothing is changed before that is called.
 * @throws Error saying what is wrong.
 */
export function readColumns(
  reader: ByteReader,
  columns: number,
  size: number,
  positive: readonly number[],
): (table: Float32Array) => void {
  const indices = readIndices(reader, size, 4 * columns);
  const values = new Float32Array(columns * indices.length);
  for (let i = 0; i < values.length; i++) {
    const value = reader.float32("a number of the table");
    if (!Number.isFinite(value) || (value < 0 && positive.includes(i % columns)))
      throw reader.error("a number of its table is out of range");
    values[i] = value;
  }
  return (table) => {
    table.fill(0);
    for (let i = 0; i < indices.length; i++)
      table.set(values.subarray(columns * i, columns * (i + 1)), columns * indices[i]!);
  };
}
