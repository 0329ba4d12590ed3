import { NotFiniteError, type RowWriter } from "./row-writer.ts";
import type { Column } from "./sparse-table.ts";

/** The indices below `size` that `marks` has a 1 for, rising. */
export function markedIndices(marks: Uint8Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < marks.length; i++) count += marks[i]!;
  const indices = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < marks.length; i++) if (marks[i] === 1) indices[n++] = i;
  return indices;
}

/**
 * Writes rows of a table: rising indices, as their number and the steps from each to the next (varints), and then column by
 * column the numbers of each index, as 32-bit floats.
 * @throws NotFiniteError when one is none that can be read again.
 */
export function writeRows(writer: RowWriter, indices: Uint32Array, columns: readonly Column[]): void {
  writer.varint(indices.length);
  let previous = -1;
  for (const index of indices) {
    writer.varint(index - previous);
    previous = index;
  }
  for (const { name, values, each = 1, stride = each, offset = 0 } of columns)
    for (const index of indices) {
      const at = stride * index + offset;
      for (let k = 0; k < each; k++) {
        const value = values[at + k]!;
        if (!Number.isFinite(value)) throw new NotFiniteError(`${name} ${index}`, value);
        writer.float32(value);
      }
    }
}
