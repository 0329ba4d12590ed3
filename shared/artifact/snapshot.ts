import type { Link } from "../scoring/link.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readIndices, writeIndices } from "./sparse-indices.ts";

/** Of each index `rank` numbers; the product of two features' factors is what the pair adds to a score (learning/factorised.ts). */
export type Factors = { rank: number; values: Float32Array };

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
}

const MAGIC = "EWSN";
const FORMAT = 1;
const MIN_BITS = 1;
const MAX_BITS = 22;
const MAX_HEADER = 4096;
const MAX_RANK = 64;
/** Most numbers that a snapshot's factors have, 64 MiB: a header alone must not make anybody allocate more. */
const MAX_FACTORS = 2 ** 24;

/**
 * A snapshot as bytes: magic, format version, header (JSON, ASCII), then the weights that are not 0 as rising indices
 * (varint steps) and 32-bit floats, little-endian. With factors the header has their rank, the indices are those of weights and
 * factors that are not 0, and the factors follow the weights. Equal snapshots give equal bytes.
 */
export function encodeSnapshot(snapshot: SnapshotData): Uint8Array<ArrayBuffer> {
  const { model, version, number, bits, link, examples, weights, factors } = snapshot;
  const writer = new ByteWriter();
  writer.ascii(MAGIC);
  writer.byte(FORMAT);
  const header = asciiJson({
    model,
    version,
    number,
    bits,
    link,
    examples,
    ...(factors && { rank: factors.rank }),
  });
  writer.varint(header.length);
  writer.ascii(header);
  const indices = nonZero(weights, factors);
  writeIndices(writer, indices);
  for (const index of indices) writer.float32(weights[index]!);
  if (factors)
    for (const index of indices)
      for (let k = 0; k < factors.rank; k++) writer.float32(factors.values[factors.rank * index + k]!);
  return writer.finish();
}

/** @throws Error naming what is wrong when `bytes` are not a whole and valid snapshot. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotData {
  const reader = new ByteReader(bytes, "snapshot");
  reader.expectHeader(MAGIC, FORMAT);
  const length = reader.varint("length of the header");
  if (length > MAX_HEADER) throw reader.error(`a header of ${length} bytes is too long`);
  const { rank, ...header } = parseHeader(reader, reader.ascii(length, "header"));
  const size = 2 ** header.bits;
  const bytesEach = 4 * (1 + rank);
  const indices = readIndices(reader, size, bytesEach);
  if (reader.remaining !== bytesEach * indices.length)
    throw reader.error(`${reader.remaining} bytes are there for ${indices.length} weights of ${bytesEach}`);
  const weights = new Float32Array(size);
  for (const index of indices) {
    const weight = reader.float32("a weight");
    if (!Number.isFinite(weight)) throw reader.error(`weight ${index} is not a finite number`);
    weights[index] = weight;
  }
  if (rank === 0) return { ...header, weights };
  const values = new Float32Array(rank * size);
  for (const index of indices)
    for (let k = 0; k < rank; k++) {
      const value = reader.float32("a factor");
      if (!Number.isFinite(value)) throw reader.error(`factor ${index} is not a finite number`);
      values[rank * index + k] = value;
    }
  return { ...header, weights, factors: { rank, values } };
}

/** Indices of the weights and factors that are not 0. */
function nonZero(weights: Float32Array, factors: Factors | undefined): Uint32Array {
  const used = (i: number): boolean => weights[i] !== 0 || (factors !== undefined && hasFactor(factors, i));
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (used(i)) count++;
  const indices = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < weights.length; i++) if (used(i)) indices[n++] = i;
  return indices;
}

function hasFactor({ rank, values }: Factors, index: number): boolean {
  for (let k = 0; k < rank; k++) if (values[rank * index + k] !== 0) return true;
  return false;
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

type Header = Omit<SnapshotData, "weights" | "factors"> & { rank: number };

/** Rank 0 is that of a snapshot without factors. */
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
  const { model, link } = header;
  if (typeof model !== "string" || model === "") throw reader.error("model must be a name");
  if (link !== "identity" && link !== "logistic") throw reader.error("link must be identity or logistic");
  const bits = whole("bits", MIN_BITS, MAX_BITS);
  const rank = header.rank === undefined ? 0 : whole("rank", 1, MAX_RANK);
  if (rank * 2 ** bits > MAX_FACTORS) throw reader.error(`factors of rank ${rank} for ${bits} bits are too many`);
  return {
    model,
    version: whole("version", 1, Number.MAX_SAFE_INTEGER),
    number: whole("number", 0, Number.MAX_SAFE_INTEGER),
    bits,
    rank,
    link,
    examples: whole("examples", 0, Number.MAX_SAFE_INTEGER),
  };
}
