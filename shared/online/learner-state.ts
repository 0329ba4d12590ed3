import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { bytesOfIndex, type Column, readIndices, readNumbers } from "../artifact/sparse-table.ts";
import { readParts, type StatePart } from "../artifact/state-part.ts";
import { markedIndices, writeRows } from "../artifact/write-rows.ts";

/** How the state of a learner is laid out: magic, format version, how many indices the learner has, and what it keeps. */
export type StateLayout = {
  magic: string;
  format: number;
  /** Formats of before that can be read. */
  older?: readonly number[];
  size: number;
  parts: readonly StatePart[];
};

/** All that a learner knows, compactly. Equal learners give equal bytes. */
export function writeState({ magic, format, size, parts }: StateLayout): ByteWriter {
  const writer = new ByteWriter();
  writer.ascii(magic);
  writer.byte(format);
  writer.varint(size);
  for (const part of parts) part.write(writer);
  return writer;
}

/**
 * Reads what `writeState` wrote.
 * @returns what makes the learner so; nothing is changed before that is called.
 * @throws Error saying what is wrong when the bytes are not such a state.
 */
export function readState(state: Uint8Array, { magic, format, older = [], size, parts }: StateLayout): () => void {
  const reader = new ByteReader(state, "learner state");
  const itsFormat = reader.header(magic, format, ...older);
  const itsSize = reader.varint("size of the table");
  if (itsSize !== size) throw reader.error(`its table has ${itsSize} weights, this learner's ${size}`);
  const apply = readParts(reader, itsFormat, parts);
  reader.expectEnd();
  return apply;
}

/** A 64-bit number that a learner keeps beside its tables. */
export type Sum = { name: string; get: () => number; set: (value: number) => void; valid: Valid };

/**
 * What such a number must be, besides finite.
 * @param before the one that is read before it.
 * @returns whether it is; or, where there is more to say than that it is out of range, what is wrong.
 */
type Valid = (value: number, before: number) => boolean | string;

export const fromZero = (value: number): boolean => value >= 0;
/** Whether a number counts something. */
export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** The number `key` of an object. */
export const sumOf = <Key extends string>(
  of: Record<Key, number>,
  key: Key,
  name: string,
  valid: Valid = () => true,
): Sum => ({
  name,
  get: () => of[key],
  set: (value) => {
    of[key] = value;
  },
  valid,
});

/** The part of a state that is such numbers. */
export const sumsPart = (sums: readonly Sum[]): StatePart => ({
  write(writer) {
    for (const { name, get } of sums) writer.finite(get(), name);
  },
  read(reader) {
    let before = 0;
    const values = sums.map(({ name, valid }) => {
      const value = reader.finite(name);
      const verdict = valid(value, before);
      if (verdict !== true) throw reader.error(verdict === false ? `its ${name} is out of range` : verdict);
      before = value;
      return value;
    });
    return () =>
      sums.forEach(({ set }, i) => {
        set(values[i]!);
      });
  },
});

/** What a learner keeps of each index. `initial` is what an index has that is not kept: 0 if it is not given. */
export type StateColumn = Column & { initial?: number };

/** The part of a state that is a table: its columns, of every index that `touched` keeps. */
export const tablePart = (
  size: number,
  columns: readonly StateColumn[],
  touched: (index: number) => boolean,
): StatePart => ({
  write(writer) {
    const marks = new Uint8Array(size);
    for (let i = 0; i < size; i++) marks[i] = Number(touched(i));
    writeRows(writer, markedIndices(marks), columns);
  },
  read(reader) {
    const indices = readIndices(reader, size, bytesOfIndex(columns));
    const numbers = readNumbers(reader, indices, columns);
    return () => {
      for (const { values } of columns) values.fill(0);
      for (const { values, stride = 1, offset = 0, initial } of columns)
        if (initial) for (let i = offset; i < values.length; i += stride) values[i] = initial;
      numbers();
    };
  },
});
