import type { Link } from "../scoring/link.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readIndices, writeIndices } from "./sparse-indices.ts";

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
}

const MAGIC = "EWSN";
const FORMAT = 1;
const MIN_BITS = 1;
const MAX_BITS = 22;
const MAX_HEADER = 4096;

/**
 * A snapshot as bytes: magic, format version, header (JSON, ASCII), then the weights that are not 0 as rising indices
 * (varint steps) and 32-bit floats, little-endian. Equal snapshots give equal bytes.
 */
export function encodeSnapshot(snapshot: SnapshotData): Uint8Array<ArrayBuffer> {
  const { model, version, number, bits, link, examples, weights } = snapshot;
  const writer = new ByteWriter();
  writer.ascii(MAGIC);
  writer.byte(FORMAT);
  const header = asciiJson({ model, version, number, bits, link, examples });
  writer.varint(header.length);
  writer.ascii(header);
  const indices = nonZero(weights);
  writeIndices(writer, indices);
  for (const index of indices) writer.float32(weights[index]!);
  return writer.finish();
}

/** @throws Error naming what is wrong when `bytes` are not a whole and valid snapshot. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotData {
  const reader = new ByteReader(bytes, "snapshot");
  reader.expectHeader(MAGIC, FORMAT);
  const length = reader.varint("length of the header");
  if (length > MAX_HEADER) throw reader.error(`a header of ${length} bytes is too long`);
  const header = parseHeader(reader, reader.ascii(length, "header"));
  const size = 2 ** header.bits;
  const indices = readIndices(reader, size, 4);
  if (reader.remaining !== 4 * indices.length)
    throw reader.error(`${reader.remaining} bytes are there for ${indices.length} weights of 4`);
  const weights = new Float32Array(size);
  for (const index of indices) {
    const weight = reader.float32("a weight");
    if (!Number.isFinite(weight)) throw reader.error(`weight ${index} is not a finite number`);
    weights[index] = weight;
  }
  return { ...header, weights };
}

/** Indices of the weights that are not 0. */
function nonZero(weights: Float32Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
  const indices = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) indices[n++] = i;
  return indices;
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

function parseHeader(reader: ByteReader, text: string): Omit<SnapshotData, "weights"> {
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
  return {
    model,
    version: whole("version", 1, Number.MAX_SAFE_INTEGER),
    number: whole("number", 0, Number.MAX_SAFE_INTEGER),
    bits: whole("bits", MIN_BITS, MAX_BITS),
    link,
    examples: whole("examples", 0, Number.MAX_SAFE_INTEGER),
  };
}
