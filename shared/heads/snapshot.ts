import { RowReader } from "../artifact/row-reader.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { readHeader, type WrittenHeader } from "../artifact/snapshot-header.ts";
import { bytesOfIndex, type Column, readIndices, readNumbers } from "../artifact/sparse-table.ts";
import { headKind, headNumbers } from "./heads.ts";

export const MAGIC = "EWSN";
export const FORMAT = 1;
/** Most numbers that a snapshot has beside its weights, 64 MiB: a header alone must not make anybody allocate more. */
const MAX_NUMBERS = 2 ** 24;

/** Reads a snapshot's bytes (encode-snapshot.ts). @throws Error naming what is wrong when they are not a whole and valid one. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotData {
  const reader = new RowReader(bytes, "snapshot");
  reader.header(MAGIC, FORMAT);
  const header = readWholeHeader(reader);
  const size = 2 ** header.bits;
  const bytesEach = bytesOfIndex(columnsOf(withTables(header, 0)));
  const indices = readIndices(reader, size, bytesEach);
  if (reader.remaining !== bytesEach * indices.length)
    throw reader.error(`${reader.remaining} bytes are there for ${indices.length} weights of ${bytesEach}`);
  const snapshot = withTables(header, size);
  readNumbers(reader, indices, columnsOf(snapshot))();
  return snapshot;
}

/** @throws Error when the header is not valid, or asks for more tables than anybody has. */
export function readWholeHeader(reader: RowReader): WrittenHeader {
  const header = readHeader(reader, headNumbers());
  const { head, bits } = header;
  const numbers = tablesOf(head).reduce((sum, { each = 1 }) => sum + each, 0);
  if (head && numbers * 2 ** bits > MAX_NUMBERS)
    throw reader.error(`${headKind(head.tag).text(head.number)} are too many for ${bits} bits`);
  return header;
}

/** A snapshot of such a header in which every number is 0. */
export function withTables(header: WrittenHeader, size: number): SnapshotData {
  const { head, rewardRange, from: _, ...rest } = header;
  const tables = tablesOf(head).map(({ each = 1 }) => new Float32Array(each * size));
  return {
    ...rest,
    weights: new Float32Array(size),
    ...(head && { beside: { ...head, tables } }),
    ...(rewardRange !== undefined && { rewardRange }),
  };
}

/** All that a snapshot knows of its indices, in the order of its bytes. */
export function columnsOf({ weights, beside }: SnapshotData): Column[] {
  const layouts = tablesOf(beside ?? null);
  return [
    { name: "weight", values: weights },
    ...layouts.map((layout, i) => ({ ...layout, values: beside!.tables[i]! })),
  ];
}

const tablesOf = (head: WrittenHeader["head"]) => headKind(head?.tag).tables(head?.number ?? 0);
