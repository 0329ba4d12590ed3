import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Writes rising indices as their number and the steps from each to the next. */
export function writeIndices(writer: ByteWriter, indices: Uint32Array): void {
  writer.varint(indices.length);
  let previous = -1;
  for (const index of indices) {
    writer.varint(index - previous);
    previous = index;
  }
}

/**
 * Reads such indices; all are below `size`.
 * @param valueBytes how many bytes follow, at least, for each index. Bounds what is allocated by what is there.
 * @throws Error when they do not rise, leave the table, or there are more than can follow.
 */
export function readIndices(reader: ByteReader, size: number, valueBytes: number): Uint32Array {
  const count = reader.varint("number of weights");
  if (count > size) throw reader.error(`${count} weights do not fit a table of ${size}`);
  if (count * (1 + valueBytes) > reader.remaining)
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
