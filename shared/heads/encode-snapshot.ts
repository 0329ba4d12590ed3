import { RowWriter } from "../artifact/row-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import type { Column } from "../artifact/sparse-table.ts";
import { writeHeader } from "../artifact/write-header.ts";
import { markedIndices, writeRows } from "../artifact/write-rows.ts";
import { headerOf } from "./header-of.ts";
import { columnsOf, FORMAT, MAGIC } from "./snapshot.ts";

/**
 * A snapshot as bytes: magic, format version, header (JSON, ASCII), then the weights that are not 0 as rising indices
 * (varint steps) and 32-bit floats, little-endian. What there is beside the weights is in the header, as the number of a head; the indices are then
 * those of which any number is not 0, and for each the numbers of the head's tables follow the weights. Equal snapshots give equal bytes.
 */
export function encodeSnapshot(snapshot: SnapshotData): Uint8Array<ArrayBuffer> {
  const writer = new RowWriter();
  writer.ascii(MAGIC);
  writer.byte(FORMAT);
  writeHeader(writer, headerOf(snapshot));
  const columns = columnsOf(snapshot);
  writeRows(writer, nonZero(columns, snapshot.weights.length), columns);
  return writer.finish();
}

/** Indices of which any number is not 0. */
function nonZero(columns: readonly Column[], size: number): Uint32Array {
  const used = new Uint8Array(size);
  for (const { values, each = 1 } of columns)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < each && used[i] === 0; k++) if (values[each * i + k] !== 0) used[i] = 1;
  return markedIndices(used);
}
