import type { Link } from "../heads/link.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readIndices, writeIndices } from "./sparse-indices.ts";

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
export interface SnapshotData {
  model: string;
  /** Version of the model, from 1. */
  version: number;
  /** Number of the snapshot in its version, from 0. */
  number: number;
  bits: number;
  link: Link;
  /** Examples learned. */
  examples: number;
  /** 2^bits weights. */
  weights: Float32Array;
  /** Only of a factorised learner. */
  factors?: Factors;
  /** Only of bagging and cover: the weights of each head that votes. `weights` are then what is said of an action's worth: their mean, or the first's. */
  committee?: Float32Array[];
  /** Only of a Bayesian learner. */
  variances?: Variances;
  /** Of rank models: the width of the range of rewards, above 0; 1 when it is left out. */
  rewardRange?: number;
}

const MAGIC = "EWSN";
const FORMAT = 1;
const MIN_BITS = 1;
const MAX_BITS = 22;
const MAX_HEADER = 4096;
const MAX_RANK = 64;
const MAX_COMMITTEE = 32;
/** Most numbers that a snapshot has beside its weights, 64 MiB: a header alone must not make anybody allocate more. */
const MAX_NUMBERS = 2 ** 24;
const MAX_NUMBER = 1e300;

/**
 * A snapshot as bytes: magic, format version, header (JSON, ASCII), then the weights that are not 0 as rising indices
 * (varint steps) and 32-bit floats, little-endian. What there is of factors, a committee and variances is in the header (rank,
 * heads, unseen); the indices are then those of which any number is not 0, and for each its factors, its weights in the
 * committee and its variance follow the weights. Equal snapshots give equal bytes.
 */
export function encodeSnapshot(snapshot: SnapshotData): Uint8Array<ArrayBuffer> {
  const { model, version, number, bits, link, examples, weights, factors, committee, variances, rewardRange } =
    snapshot;
  const writer = new ByteWriter();
  writer.ascii(MAGIC);
  writer.byte(FORMAT);
  const header = asciiJson({
    ...{ model, version, number, bits, link, examples },
    ...(factors && { rank: factors.rank }),
    ...(committee && { heads: committee.length }),
    ...(variances && { unseen: variances.unseen }),
    ...(rewardRange !== undefined && { rewardRange }),
  });
  writer.varint(header.length);
  writer.ascii(header);
  const columns = columnsOf(snapshot);
  const indices = nonZero(columns, weights.length);
  writeIndices(writer, indices);
  for (const { values, each } of columns)
    for (const index of indices) for (let k = 0; k < each; k++) writer.float32(values[each * index + k]!);
  return writer.finish();
}

/** @throws Error naming what is wrong when `bytes` are not a whole and valid snapshot. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotData {
  const reader = new ByteReader(bytes, "snapshot");
  reader.expectHeader(MAGIC, FORMAT);
  const length = reader.varint("length of the header");
  if (length > MAX_HEADER) throw reader.error(`a header of ${length} bytes is too long`);
  const { rank, heads, unseen, rewardRange, ...header } = parseHeader(reader, reader.ascii(length, "header"));
  const size = 2 ** header.bits;
  const bytesEach = 4 * (1 + rank + heads + (unseen === null ? 0 : 1));
  const indices = readIndices(reader, size, bytesEach);
  if (reader.remaining !== bytesEach * indices.length)
    throw reader.error(`${reader.remaining} bytes are there for ${indices.length} weights of ${bytesEach}`);
  const snapshot: SnapshotData = { ...header, weights: new Float32Array(size) };
  if (rank > 0) snapshot.factors = { rank, values: new Float32Array(rank * size) };
  if (heads > 0) snapshot.committee = Array.from({ length: heads }, () => new Float32Array(size));
  if (unseen !== null) snapshot.variances = { values: new Float32Array(size), unseen };
  if (rewardRange !== null) snapshot.rewardRange = rewardRange;
  for (const { name, values, each, least } of columnsOf(snapshot))
    for (const index of indices)
      for (let k = 0; k < each; k++) {
        const value = reader.float32(`a ${name}`);
        if (!(Number.isFinite(value) && value >= least))
          throw reader.error(`${name} ${index} is not a finite number${least === 0 ? " from 0" : ""}`);
        values[each * index + k] = value;
      }
  return snapshot;
}

/** Numbers of which each index has `each`. */
type Column = { name: string; values: Float32Array; each: number; least: number };

/** All that a snapshot knows of its indices, in the order of its bytes. */
function columnsOf({ weights, factors, committee = [], variances }: SnapshotData): Column[] {
  const any = Number.NEGATIVE_INFINITY;
  return [
    { name: "weight", values: weights, each: 1, least: any },
    ...(factors ? [{ name: "factor", values: factors.values, each: factors.rank, least: any }] : []),
    ...committee.map((values) => ({ name: "weight of the committee", values, each: 1, least: any })),
    ...(variances ? [{ name: "variance", values: variances.values, each: 1, least: 0 }] : []),
  ];
}

/** Indices of which any number is not 0. */
function nonZero(columns: readonly Column[], size: number): Uint32Array {
  const used = new Uint8Array(size);
  for (const { values, each } of columns)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < each && used[i] === 0; k++) if (values[each * i + k] !== 0) used[i] = 1;
  const indices = new Uint32Array(used.reduce((count, one) => count + one, 0));
  let n = 0;
  for (let i = 0; i < size; i++) if (used[i] === 1) indices[n++] = i;
  return indices;
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

type Header = Omit<SnapshotData, "weights" | "factors" | "committee" | "variances" | "rewardRange"> & {
  rank: number;
  heads: number;
  unseen: number | null;
  rewardRange: number | null;
};

/** Rank and heads are 0, and the others null, of a snapshot without. */
function parseHeader(reader: ByteReader, text: string): Header {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw reader.error("its header is not JSON");
  }
  if (parsed === null || typeof parsed !== "object") throw reader.error("its header is not an object");
  const header = parsed as Record<string, unknown>;
  const whole = (field: string, min: number, max: number): number => {
    const value = header[field];
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      throw reader.error(`${field} must be a whole number from ${min} to ${max}`);
    return value as number;
  };
  const positive = (field: string, least: number): number | null => {
    const value = header[field];
    if (value === undefined) return null;
    if (typeof value !== "number" || !(value >= least && value <= MAX_NUMBER))
      throw reader.error(`${field} must be a number ${least > 0 ? "above" : "from"} 0`);
    return value;
  };
  const { model, link } = header;
  if (typeof model !== "string" || model === "") throw reader.error("model must be a name");
  if (link !== "identity" && link !== "logistic") throw reader.error("link must be identity or logistic");
  const bits = whole("bits", MIN_BITS, MAX_BITS);
  const rank = header.rank === undefined ? 0 : whole("rank", 1, MAX_RANK);
  const heads = header.heads === undefined ? 0 : whole("heads", 1, MAX_COMMITTEE);
  if ((rank + heads) * 2 ** bits > MAX_NUMBERS)
    throw reader.error(`factors of rank ${rank} and ${heads} heads for ${bits} bits are too many`);
  return {
    model,
    version: whole("version", 1, Number.MAX_SAFE_INTEGER),
    number: whole("number", 0, Number.MAX_SAFE_INTEGER),
    bits,
    rank,
    heads,
    unseen: positive("unseen", 0),
    rewardRange: positive("rewardRange", Number.MIN_VALUE),
    link,
    examples: whole("examples", 0, Number.MAX_SAFE_INTEGER),
  };
}
