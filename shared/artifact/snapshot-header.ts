import type { RowReader } from "./row-reader.ts";

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

/** The number of a head in the header: its name is the head's tag. */
export type HeadNumber = { tag: string; whole?: boolean; least: number; most: number };

/** The header as it is written, with what says which numbers an index has. */
export type WrittenHeader = SnapshotHeader & {
  /** The tag of a head that has more than weights, and its number; null: there are weights alone. */
  head: { tag: string; number: number } | null;
  rewardRange?: number | undefined;
  /** Of a delta, the number of the snapshot that it changes. */
  from?: number | undefined;
};

const MIN_BITS = 1;
const MAX_BITS = 22;
const MAX_HEADER = 4096;
/** Largest number that is not a whole one. */
export const MAX_NUMBER = 1e300;

/**
 * @param numbers those of the heads that there are.
 * @throws Error naming what is wrong.
 */
export function readHeader(reader: RowReader, numbers: readonly HeadNumber[]): WrittenHeader {
  const length = reader.varint("length of the header");
  if (length > MAX_HEADER) throw reader.error(`a header of ${length} bytes is too long`);
  return parseHeader(reader, reader.ascii(length, "header"), numbers);
}

function parseHeader(reader: RowReader, text: string, numbers: readonly HeadNumber[]): WrittenHeader {
  let header: Record<string, unknown>;
  try {
    header = { ...JSON.parse(text) };
  } catch {
    throw reader.error("its header is not JSON");
  }
  const whole = (field: string, min: number, max: number): number => {
    const value = header[field];
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      throw reader.error(`${field} must be a whole number from ${min} to ${max}`);
    return value as number;
  };
  const optional = <T>(field: string, read: (field: string) => T): T | undefined =>
    header[field] === undefined ? undefined : read(field);
  const real = (field: string, least: number, most: number): number => {
    const value = header[field];
    if (typeof value !== "number" || !(value >= least && value <= most))
      throw reader.error(`${field} must be a number ${least > 0 ? "above" : "from"} 0`);
    return value;
  };
  const { model, link } = header;
  if (typeof model !== "string" || model === "") throw reader.error("model must be a name");
  if (link !== "identity" && link !== "logistic") throw reader.error("link must be identity or logistic");
  const [first, ...others] = numbers.filter(({ tag }) => header[tag] !== undefined);
  if (others.length > 0) throw reader.error(`it has ${[first!, ...others].map(({ tag }) => tag).join(" and ")}`);
  return {
    model,
    version: whole("version", 1, Number.MAX_SAFE_INTEGER),
    number: whole("number", 0, Number.MAX_SAFE_INTEGER),
    bits: whole("bits", MIN_BITS, MAX_BITS),
    link,
    examples: whole("examples", 0, Number.MAX_SAFE_INTEGER),
    head: first ? { tag: first.tag, number: (first.whole ? whole : real)(first.tag, first.least, first.most) } : null,
    rewardRange: optional("rewardRange", (field) => real(field, Number.MIN_VALUE, MAX_NUMBER)),
    from: optional("from", (field) => whole(field, 0, Number.MAX_SAFE_INTEGER)),
  };
}
