import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { readIndices, writeIndices } from "../artifact/sparse-indices.ts";

/** One number for each of a learner's indices. */
export type Column = {
  name: string;
  /** That of index i is at `width * i + offset`: at i, if these are not given. */
  values: Float32Array;
  width?: number;
  offset?: number;
  /** What an index has that is not kept: 0 if it is not given. */
  initial?: number;
  /** What a value must be for an index that is kept; finite it must always be. */
  valid?: (value: number) => boolean;
};

/** How the state of a learner is laid out: 64-bit sums, then the columns of every index that `touched` keeps. */
export type StateLayout = {
  magic: string;
  format: number;
  sums: readonly string[];
  columns: readonly Column[];
  touched: (index: number) => boolean;
};

/** @param sums as many as the layout names. */
export function writeState(layout: StateLayout, sums: readonly number[]): Uint8Array {
  const { magic, format, columns, touched } = layout;
  const writer = new ByteWriter();
  const size = sizeOf(layout);
  writer.ascii(magic);
  writer.byte(format);
  writer.varint(size);
  for (const sum of sums) writer.float64(sum);
  let count = 0;
  for (let i = 0; i < size; i++) if (touched(i)) count++;
  const indices = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < size; i++) if (touched(i)) indices[n++] = i;
  writeIndices(writer, indices);
  for (const { values, width = 1, offset = 0 } of columns)
    for (const index of indices) writer.float32(values[width * index + offset]!);
  return writer.finish();
}

const sizeOf = ({ columns: [first] }: StateLayout): number => first!.values.length / (first!.width ?? 1);

/**
 * Reads a state into the layout's columns; indices that it does not have become what they were at first.
 * @param checkSums what is wrong with the sums, or null.
 * @returns the sums.
 * @throws Error saying what is wrong when the bytes are not such a state; nothing is changed then.
 */
export function readState(
  state: Uint8Array,
  layout: StateLayout,
  checkSums: (sums: readonly number[]) => string | null,
): number[] {
  const { magic, format, sums: sumNames, columns } = layout;
  const size = sizeOf(layout);
  const reader = new ByteReader(state, "learner state");
  reader.expectHeader(magic, format);
  const itsSize = reader.varint("size of the table");
  if (itsSize !== size) throw reader.error(`its table has ${itsSize} weights, this learner's ${size}`);
  const sums = sumNames.map((name) => reader.finite(name));
  const problem = checkSums(sums);
  if (problem !== null) throw reader.error(problem);
  const indices = readIndices(reader, size, 4 * columns.length);
  const read = columns.map(({ name, valid }) => {
    const values = new Float32Array(indices.length);
    for (let i = 0; i < values.length; i++) {
      const value = reader.float32(name);
      if (!Number.isFinite(value)) throw reader.error(`a ${name} is not a finite number`);
      if (valid && !valid(value)) throw reader.error(`a ${name} is out of range`);
      values[i] = value;
    }
    return values;
  });
  reader.expectEnd();
  for (const { values } of columns) values.fill(0);
  for (const { values, width = 1, offset = 0, initial } of columns)
    if (initial) for (let i = offset; i < values.length; i += width) values[i] = initial;
  columns.forEach(({ values, width = 1, offset = 0 }, c) => {
    indices.forEach((index, i) => {
      values[width * index + offset] = read[c]![i]!;
    });
  });
  return sums;
}

/** Whether a number counts examples. */
export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
