import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readHeader, type SnapshotHeader, type WrittenHeader, writeHeader } from "./snapshot-header.ts";
import {
  bytesOfIndex,
  type Column,
  FROM_ZERO,
  markedIndices,
  readIndices,
  readNumbers,
  writeRows,
} from "./sparse-table.ts";

/** Of each index `rank` numbers; the product of two features' factors is what the pair adds to a score (online/factorised.ts). */
export type Factors = { rank: number; values: Float32Array };

/** How unsure a Bayesian learner is of each weight. */
export type Variances = {
  /** One for each index, of the weight of a raw value, in squared units of the score; 0: nothing was learned of the index. */
  values: Float32Array;
  /** What a feature of such an index adds to the variance of a score, whatever its value. */
  unseen: number;
};

/** What a version had learned at one point of the log: all that scoring needs beside the spec. */
export type SnapshotData = SnapshotHeader & {
  /** 2^bits weights. */
  weights: Float32Array;
  /** Only of a factorised learner. */
  factors?: Factors;
  /** Only of a policy whose heads vote: the weights of each. `weights` are then what is said of an action's worth: their mean, or the first's. */
  committee?: Float32Array[];
  /** Only of a Bayesian learner. */
  variances?: Variances;
  /** Of rank models: the width of the range of rewards, above 0; 1 when it is left out. */
  rewardRange?: number;
};

const MAGIC = "EWSN";
const FORMAT = 1;

/**
 * A snapshot as bytes: magic, format version, header (JSON, ASCII), then the weights that are not 0 as rising indices
 * (varint steps) and 32-bit floats, little-endian. What there is of factors, a committee and variances is in the header (rank,
 * heads, unseen); the indices are then those of which any number is not 0, and for each its factors, its weights in the
 * committee and its variance follow the weights. Equal snapshots give equal bytes.
 */
export function encodeSnapshot(snapshot: SnapshotData): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.ascii(MAGIC);
  writer.byte(FORMAT);
  writeHeader(writer, headerOf(snapshot));
  const columns = columnsOf(snapshot);
  writeRows(writer, nonZero(columns, snapshot.weights.length), columns);
  return writer.finish();
}

/** @throws Error naming what is wrong when `bytes` are not a whole and valid snapshot. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotData {
  const reader = new ByteReader(bytes, "snapshot");
  reader.expectHeader(MAGIC, FORMAT);
  const header = readHeader(reader);
  const size = 2 ** header.bits;
  const bytesEach = bytesOfIndex(columnsOf(withTables(header, 0)));
  const indices = readIndices(reader, size, bytesEach);
  if (reader.remaining !== bytesEach * indices.length)
    throw reader.error(`${reader.remaining} bytes are there for ${indices.length} weights of ${bytesEach}`);
  const snapshot = withTables(header, size);
  readNumbers(reader, indices, columnsOf(snapshot))();
  return snapshot;
}

/** What is in the header of the snapshot. */
export function headerOf({ factors, committee, variances, ...rest }: SnapshotData): WrittenHeader {
  return { ...rest, rank: factors?.rank, heads: committee?.length, unseen: variances?.unseen };
}

/** A snapshot of such a header in which every number is 0. */
function withTables(header: WrittenHeader, size: number): SnapshotData {
  const { rank, heads, unseen, rewardRange, from: _, ...rest } = header;
  return {
    ...rest,
    weights: new Float32Array(size),
    ...(rank !== undefined && { factors: { rank, values: new Float32Array(rank * size) } }),
    ...(heads !== undefined && { committee: Array.from({ length: heads }, () => new Float32Array(size)) }),
    ...(unseen !== undefined && { variances: { values: new Float32Array(size), unseen } }),
    ...(rewardRange !== undefined && { rewardRange }),
  };
}

/** All that a snapshot knows of its indices, in the order of its bytes. */
export function columnsOf({ weights, factors, committee = [], variances }: SnapshotData): Column[] {
  return [
    { name: "weight", values: weights },
    ...(factors ? [{ name: "factor", values: factors.values, each: factors.rank }] : []),
    ...committee.map((values) => ({ name: "weight of the committee", values })),
    ...(variances ? [{ name: "variance", values: variances.values, ranges: [FROM_ZERO] }] : []),
  ];
}

/** Indices of which any number is not 0. */
function nonZero(columns: readonly Column[], size: number): Uint32Array {
  const used = new Uint8Array(size);
  for (const { values, each = 1 } of columns)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < each && used[i] === 0; k++) if (values[each * i + k] !== 0) used[i] = 1;
  return markedIndices(used);
}
