import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** What turns a score into the answer: `logistic` for probabilities, `identity` for values and rewards. */
export type Link = "identity" | "logistic";

/** Which snapshot it is, and what every one of them says of itself. */
export type SnapshotHeader = {
  model: string;
  /** Version of the model, from 1. */
  version: number;
  /** Number of the snapshot in its version, from 0. */
  number: number;
  bits: number;
  link: Link;
  /** Examples learned. */
  examples: number;
};

/** The header as it is written, with what says which numbers an index has. */
export type WrittenHeader = SnapshotHeader & {
  /** Length of the factors; none: there are no factors. */
  rank?: number | undefined;
  /** Size of the committee; none: there is no committee. */
  heads?: number | undefined;
  /** See Variances; none: there are no variances. */
  unseen?: number | undefined;
  rewardRange?: number | undefined;
  /** Of a delta, the number of the snapshot that it changes. */
  from?: number | undefined;
};

const MIN_BITS = 1;
const MAX_BITS = 22;
const MAX_HEADER = 4096;
const MAX_RANK = 64;
const MAX_COMMITTEE = 32;
/** Most numbers that a snapshot has beside its weights, 64 MiB: a header alone must not make anybody allocate more. */
const MAX_NUMBERS = 2 ** 24;
const MAX_NUMBER = 1e300;

/** Writes a header: its length, and JSON in ASCII. Equal headers give equal bytes. */
export function writeHeader(writer: ByteWriter, header: WrittenHeader): void {
  const { model, version, number, bits, link, examples, rank, heads, unseen, rewardRange, from } = header;
  const text = asciiJson({ model, version, number, bits, link, examples, rank, heads, unseen, rewardRange, from });
  writer.varint(text.length);
  writer.ascii(text);
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** @throws Error naming what is wrong. */
export function readHeader(reader: ByteReader): WrittenHeader {
  const length = reader.varint("length of the header");
  if (length > MAX_HEADER) throw reader.error(`a header of ${length} bytes is too long`);
  return parseHeader(reader, reader.ascii(length, "header"));
}

function parseHeader(reader: ByteReader, text: string): WrittenHeader {
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
  const optional = <T>(field: string, read: (field: string) => T): T | undefined =>
    header[field] === undefined ? undefined : read(field);
  const positive = (least: number) => (field: string) => {
    const value = header[field];
    if (typeof value !== "number" || !(value >= least && value <= MAX_NUMBER))
      throw reader.error(`${field} must be a number ${least > 0 ? "above" : "from"} 0`);
    return value;
  };
  const { model, link } = header;
  if (typeof model !== "string" || model === "") throw reader.error("model must be a name");
  if (link !== "identity" && link !== "logistic") throw reader.error("link must be identity or logistic");
  const bits = whole("bits", MIN_BITS, MAX_BITS);
  const rank = optional("rank", (field) => whole(field, 1, MAX_RANK));
  const heads = optional("heads", (field) => whole(field, 1, MAX_COMMITTEE));
  if (((rank ?? 0) + (heads ?? 0)) * 2 ** bits > MAX_NUMBERS)
    throw reader.error(`factors of rank ${rank ?? 0} and ${heads ?? 0} heads for ${bits} bits are too many`);
  return {
    model,
    version: whole("version", 1, Number.MAX_SAFE_INTEGER),
    number: whole("number", 0, Number.MAX_SAFE_INTEGER),
    bits,
    link,
    examples: whole("examples", 0, Number.MAX_SAFE_INTEGER),
    rank,
    heads,
    unseen: optional("unseen", positive(0)),
    rewardRange: optional("rewardRange", positive(Number.MIN_VALUE)),
    from: optional("from", (field) => whole(field, 0, Number.MAX_SAFE_INTEGER)),
  };
}
