import { parquetReadObjects } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { ArchivedRow } from "./archived-row.ts";

/**
 * The columns of a segment's file, in this order. Times are doubles, ms since the epoch, since that is what JavaScript and SQLite hold them as; an offset is an
 * INT64. Any reader of Parquet reads it.
 */
const COLUMNS: readonly { name: string; of: keyof ArchivedRow; type: ColumnSource["type"]; nullable: boolean }[] = [
  { name: "offset", of: "offset", type: "INT64", nullable: false },
  { name: "kind", of: "kind", type: "STRING", nullable: false },
  { name: "id", of: "id", type: "STRING", nullable: false },
  { name: "claimed_at", of: "claimedAt", type: "DOUBLE", nullable: true },
  { name: "at", of: "at", type: "DOUBLE", nullable: false },
  { name: "received_at", of: "receivedAt", type: "DOUBLE", nullable: false },
  { name: "model", of: "model", type: "STRING", nullable: true },
  { name: "value", of: "value", type: "DOUBLE", nullable: true },
  { name: "final", of: "final", type: "INT32", nullable: true },
  { name: "deferred", of: "deferred", type: "INT32", nullable: true },
  { name: "senders", of: "senders", type: "STRING", nullable: true },
  { name: "body", of: "body", type: "STRING", nullable: true },
];

/** The rows as a Parquet file, compressed with Snappy. @param log identity of the log. */
export function encodeSegment(log: string, rows: readonly ArchivedRow[]): Uint8Array<ArrayBuffer> {
  const buffer = parquetWriteBuffer({
    columnData: COLUMNS.map(({ name, of, type, nullable }) => ({
      ...{ name, type: type!, nullable },
      // Ids and records hardly repeat: no dictionary is tried for them.
      ...((of === "id" || of === "body") && { encoding: "PLAIN" as const }),
      data: of === "offset" ? BigInt64Array.from(rows, (row) => BigInt(row.offset)) : rows.map((row) => row[of]),
    })),
    rowGroupSize: Math.max(1, rows.length),
    statistics: false,
    kvMetadata: [
      { key: "edgewise.format", value: "1" },
      { key: "edgewise.log", value: log },
    ],
  });
  return new Uint8Array(buffer);
}

/** The rows of a Parquet file. @throws Error when it is none, or lacks a column. */
export async function decodeSegment(bytes: Uint8Array<ArrayBuffer>): Promise<ArchivedRow[]> {
  const { buffer, byteOffset, byteLength } = bytes;
  const file = byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const rows = await parquetReadObjects({ file, columns: COLUMNS.map(({ name }) => name) });
  return rows.map((row) => {
    const read: Record<string, unknown> = {};
    for (const { name, of } of COLUMNS) read[of] = row[name] ?? null;
    read.offset = Number(row.offset);
    return read as ArchivedRow;
  });
}
