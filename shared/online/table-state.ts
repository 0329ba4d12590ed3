import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import {
  bytesOfIndex,
  type Column,
  markedIndices,
  readIndices,
  readNumbers,
  writeRows,
} from "../artifact/sparse-table.ts";

/** What a learner keeps of each index. `initial` is what an index has that is not kept: 0 if it is not given. */
export type StateColumn = Column & { initial?: number };

/** How the state of a learner is laid out: 64-bit sums, then the columns of every index that `touched` keeps. */
export type StateLayout = {
  magic: string;
  format: number;
  /** How many indices the learner has. */
  size: number;
  sums: readonly string[];
  columns: readonly StateColumn[];
  touched: (index: number) => boolean;
};

/** @param sums as many as the layout names. */
export function writeState(layout: StateLayout, sums: readonly number[]): Uint8Array {
  const { magic, format, size, columns, touched } = layout;
  const writer = new ByteWriter();
  writer.ascii(magic);
  writer.byte(format);
  writer.varint(size);
  for (const sum of sums) writer.float64(sum);
  writeRows(writer, touchedIndices(size, touched), columns);
  return writer.finish();
}

/** The indices below `size` that `touched` keeps. */
export function touchedIndices(size: number, touched: (index: number) => boolean): Uint32Array {
  const marks = new Uint8Array(size);
  for (let i = 0; i < size; i++) marks[i] = Number(touched(i));
  return markedIndices(marks);
}

/**
 * Reads a state into the layout's columns; indices that it does not have become what they were at first.
 * @param checkSums what is wrong with the sums, or null.
 * @returns the sums.
 * @throws Error saying what is wrong when the bytes are not such a state; nothing is changed then.
 */
export function readState(
  state: Uint8Array,
  { magic, format, size, sums: sumNames, columns }: StateLayout,
  checkSums: (sums: readonly number[]) => string | null,
): number[] {
  const reader = new ByteReader(state, "learner state");
  reader.expectHeader(magic, format);
  const itsSize = reader.varint("size of the table");
  if (itsSize !== size) throw reader.error(`its table has ${itsSize} weights, this learner's ${size}`);
  const sums = sumNames.map((name) => reader.finite(name));
  const problem = checkSums(sums);
  if (problem !== null) throw reader.error(problem);
  const rows = readRows(reader, size, columns);
  reader.expectEnd();
  rows();
  return sums;
}

/** @returns what makes the columns so, all of them: other indices become what they were at first. @throws Error when they are not valid. */
export function readRows(reader: ByteReader, size: number, columns: readonly StateColumn[]): () => void {
  const indices = readIndices(reader, size, bytesOfIndex(columns));
  const numbers = readNumbers(reader, indices, columns);
  return () => {
    for (const { values } of columns) values.fill(0);
    for (const { values, stride = 1, offset = 0, initial } of columns)
      if (initial) for (let i = offset; i < values.length; i += stride) values[i] = initial;
    numbers();
  };
}

/** Whether a number counts examples. */
export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
