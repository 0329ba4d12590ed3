import type { RowReader } from "./row-reader.ts";

/** What a number must be besides finite. */
export type Range = { says: string; holds: (value: number) => boolean };

export const FROM_ZERO: Range = { says: "from 0", holds: (value) => value >= 0 };
export const ABOVE_ZERO: Range = { says: "above 0", holds: (value) => value > 0 };

/**
 * Numbers that each index of a table has. Those of index i begin at `stride * i + offset`: at `each * i`, if these are not given.
 */
export type Column = {
  /** For messages: "weight". */
  name: string;
  values: Float32Array;
  /** How many numbers an index has: 1 if it is not given. */
  each?: number;
  stride?: number;
  offset?: number;
  /** What must hold for the first of an index's numbers, the second, ... */
  ranges?: readonly (Range | null)[];
};

/** How many bytes an index takes in these columns. */
export const bytesOfIndex = (columns: readonly Column[]): number =>
  columns.reduce((sum, { each = 1 }) => sum + 4 * each, 0);

/**
 * Reads the indices of rows (write-rows.ts); all are below `size`.
 * @param bytesEach how many bytes follow, at least, for each index. Bounds what is allocated by what is there.
 * @throws Error when they do not rise, leave the table, or there are more than can follow.
 */
export function readIndices(reader: RowReader, size: number, bytesEach: number): Uint32Array {
  const count = reader.varint("number of weights");
  if (count > size) throw reader.error(`${count} weights do not fit a table of ${size}`);
  if (count * (1 + bytesEach) > reader.remaining)
    throw reader.error(`it ends within its weights (${reader.remaining} bytes are there for ${count} of them)`);
  const indices = new Uint32Array(count);
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const step = reader.varint("an index");
    if (step === 0) throw reader.error("its indices do not rise");
    previous += step;
    if (previous >= size) throw reader.error(`index ${previous} is outside a table of ${size}`);
    indices[i] = previous;
  }
  return indices;
}

/**
 * Reads the numbers that follow the indices.
 * @returns what puts them into the columns; nothing is changed before that is called, and other indices are not then.
 * @throws Error when there are too few, or one is out of range.
 */
export function readNumbers(reader: RowReader, indices: Uint32Array, columns: readonly Column[]): () => void {
  const read = columns.map(({ name, each = 1, ranges = [] }) => {
    const numbers = reader.float32s(each * indices.length, name);
    for (let i = 0, at = 0; i < indices.length; i++)
      for (let k = 0; k < each; k++, at++) {
        const value = numbers[at]!;
        const range = ranges[k];
        if (!Number.isFinite(value) || (range && !range.holds(value)))
          throw reader.error(`${name} ${indices[i]} is not a finite number${range ? ` ${range.says}` : ""}`);
      }
    return numbers;
  });
  return () =>
    columns.forEach(({ values, each = 1, stride = each, offset = 0 }, c) => {
      const numbers = read[c]!;
      for (let i = 0; i < indices.length; i++) {
        const at = stride * indices[i]! + offset;
        for (let k = 0; k < each; k++) values[at + k] = numbers[each * i + k]!;
      }
    });
}
