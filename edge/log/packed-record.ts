import { ByteReader } from "../../shared/artifact/byte-reader.ts";
import { ByteWriter } from "../../shared/artifact/byte-writer.ts";
import { sessionOf } from "../../shared/contract/issued-session.ts";
import { hex } from "../storage/hex.ts";
import { gammaOf, inverseGaps } from "./inverse-gaps.ts";

/**
 * The short form of a decision's record (docs/adr/0012-catalogue-of-actions.md). Its skeleton, which is its JSON with a hole for each value, and its actions
 * are read from the catalogue, where they have been seen before. What fills the holes is binary: numbers of 64 bits, or of 32 where these say the same.
 */

/** Where a text stands in the catalogue: its block, from 1, and its place there. */
export type Place = { block: number; place: number };

/** What packing and unpacking ask of the catalogue. */
export interface Contents {
  /** @returns where each of the texts of a unit's record stands; null: nowhere yet, so it is to be written out. */
  placesOf(texts: readonly string[], unit: string): (Place | null)[];
  /** @throws Error when nothing stands there. */
  textAt(place: Place): string;
}

/** What stands in the row beside the record, and need not be said again. */
export type Beside = { id: string; claimedAt: number | null };

type Json = string | number | boolean | null | Json[] | JsonObject;
type JsonObject = { [name: string]: Json };

const FORMAT = 1;
/** A hole of a skeleton. JSON has this character only escaped. */
const HOLE = "\0";
/** Fields that belong to the skeleton with what they say: it is the same in many records. */
const CONSTANT = new Set(["format", "model", "version", "computedBy", "assignment", "deferred", "task"]);

/** What fills a hole. The numbers are stored. */
const FILL = {
  /** The id, the part of it before the first dot, and the time, as they stand beside the record. */
  id: 0,
  session: 1,
  claimedAt: 2,
  text: 3,
  /** A UUID in its usual form, as its 16 bytes. */
  uuid: 4,
  /** A whole number, zigzag: 0, -1, 1, -2, ... */
  whole: 5,
  float64: 6,
  floats32: 7,
  floats64: 8,
  json: 9,
  /** An array of texts, most of which may stand in the catalogue. */
  list: 10,
  /** What inverse gap weighting makes of the numbers in the last `floats64`, as its gamma. */
  inverseGaps: 11,
} as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Whole numbers from here on are not written as such: zigzag has to fit into 32 bits. */
const WHOLE = 2 ** 30;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The short form of a record.
 * @param record as JSON.
 * @returns null when it is not a record, or would not come back to the letter, as what was written otherwise than JSON.stringify writes.
 */
export function pack(record: string, beside: Beside, contents: Contents): Uint8Array<ArrayBuffer> | null {
  const { value, actions } = takenApart(record);
  if (typeof value?.unit !== "string") return null;
  const holes: Hole[] = [];
  const skeleton = skeletonOf(value, actions, holes);
  const lists = holes.flatMap(({ list }) => list ?? []);
  const places = contents.placesOf([skeleton, ...lists], value.unit);
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  writeTexts(writer, [skeleton], places.splice(0, 1));
  const numbers: Numbers = { last: [] };
  for (const { value, list } of holes)
    if (list) {
      writer.byte(FILL.list);
      writeTexts(writer, list, places.splice(0, list.length));
    } else writeFill(writer, value, beside, numbers);
  const packed = writer.finish();
  return packed.length < record.length && unpack(packed, beside, contents) === record ? packed : null;
}

/** A record as it came. @throws Error when it is not one that `pack` made, or the catalogue lacks what it needs. */
export function unpack(packed: Uint8Array, beside: Beside, contents: Pick<Contents, "textAt">): string {
  const reader = new ByteReader(packed, "packed record");
  const format = reader.byte("format");
  if (format !== FORMAT) throw reader.error(`its format is ${format}, not ${FORMAT}`);
  const [first, ...pieces] = readSkeleton(reader, contents).split(HOLE);
  let record = first!;
  const numbers: Numbers = { last: [] };
  for (const piece of pieces) record += readFill(reader, beside, contents, numbers) + piece;
  reader.expectEnd();
  return record;
}

function readSkeleton(reader: ByteReader, contents: Pick<Contents, "textAt">): string {
  const [skeleton] = readTexts(reader, contents);
  if (skeleton === undefined) throw reader.error("it has no skeleton");
  return skeleton;
}

/** The unit of a record, found without unpacking what stands behind it; null when there is none. */
export function unitOf(packed: Uint8Array, beside: Beside, contents: Pick<Contents, "textAt">): string | null {
  const reader = new ByteReader(packed, "packed record");
  reader.byte("format");
  const before = unitHole(readSkeleton(reader, contents));
  if (before === null) return null;
  const numbers: Numbers = { last: [] };
  for (let i = 0; i < before; i++) readFill(reader, beside, contents, numbers);
  const unit: unknown = JSON.parse(readFill(reader, beside, contents, numbers));
  return typeof unit === "string" ? unit : null;
}

/** The same of a record that is stored as it came. */
export function unitOfJson(record: string): string | null {
  const { unit } = JSON.parse(record) as { unit?: unknown };
  return typeof unit === "string" ? unit : null;
}

/** How many holes of a skeleton come before that of its unit; null when it has none. */
function unitHole(skeleton: string): number | null {
  const pieces = skeleton.split(HOLE);
  // Each hole is filled with its number, so that what is inside of others says which it is.
  const filled = pieces.map((piece, i) => (i === 0 ? piece : `${i - 1}${piece}`)).join("");
  const { unit } = JSON.parse(filled) as { unit?: unknown };
  return typeof unit === "number" ? unit : null;
}

/** Texts of the actions of lists that came lately, by the text of the list: many are shown the same one, and to take it apart takes as long as all else of a record. */
const lists = new Map<string, readonly string[]>();
const MAX_LISTS = 32;
const MAX_LIST_CHARACTERS = 16 * 1024;

/** A record of which a list of actions that is known need not be parsed. `actions`: their texts; null: they stand in the value, if there are any. */
function takenApart(record: string): { value: JsonObject | null; actions: readonly string[] | null } {
  const start = record.indexOf(LIST_START) + LIST_START.length - 1;
  const end = start < LIST_START.length ? 0 : record.indexOf(LIST_END, start) + 1;
  if (end > 0 && end - start <= MAX_LIST_CHARACTERS) {
    const actions = actionsOf(record.slice(start, end));
    // Names and texts may be anything: what was found is the record's list when it is that which the record lacks without it.
    const value = actions && parsed(`${record.slice(0, start)}0${record.slice(end)}`);
    if (actions && value?.actions === 0) return { value, actions };
  }
  return { value: parsed(record), actions: null };
}

/** The list of a record as JSON.stringify writes ours. */
const LIST_START = '"actions":[';
const LIST_END = '],"scores":[';

function actionsOf(list: string): readonly string[] | null {
  const known = lists.get(list);
  if (known) return known;
  const actions = parsedJson(list);
  if (!Array.isArray(actions) || actions.length === 0) return null;
  const texts = actions.map((action) => JSON.stringify(action));
  lists.set(list, texts);
  if (lists.size > MAX_LISTS) lists.delete(lists.keys().next().value!);
  return texts;
}

function parsed(record: string): JsonObject | null {
  const value = parsedJson(record);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The numbers that were last written or read as `floats64`. */
type Numbers = { last: readonly number[] };
/** What fills a hole: a value, or an array of texts. */
type Hole = { value: Json; list?: readonly string[] };

/** JSON with holes for the values that change from record to record. @param actions see takenApart. @param holes get what fills them, in order. */
function skeletonOf(record: JsonObject, actions: readonly string[] | null, holes: Hole[]): string {
  return braces(record, (name, value) => {
    if (CONSTANT.has(name)) return JSON.stringify(value);
    const list = name === "actions" ? (actions ?? listed(value)) : null;
    if (list === null) return withHoles(value, holes);
    holes.push({ value, list });
    return HOLE;
  });
}

const listed = (value: Json): string[] | null =>
  Array.isArray(value) && value.length > 0 ? value.map((action) => JSON.stringify(action)) : null;

function withHoles(value: Json, holes: Hole[]): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return braces(value, (_, inner) => withHoles(inner, holes));
  holes.push({ value });
  return HOLE;
}

const braces = (object: JsonObject, member: (name: string, value: Json) => string): string =>
  `{${Object.keys(object)
    .map((name) => `${JSON.stringify(name)}:${member(name, object[name]!)}`)
    .join(",")}}`;

function writeFill(writer: ByteWriter, value: Json, { id, claimedAt }: Beside, numbers: Numbers): void {
  if (value === id) writer.byte(FILL.id);
  else if (value === sessionOf(id)) writer.byte(FILL.session);
  else if (value === claimedAt && value !== null) writer.byte(FILL.claimedAt);
  else if (typeof value === "string" && UUID.test(value)) {
    writer.byte(FILL.uuid);
    writer.bytes(Uint8Array.from(value.replaceAll("-", "").match(/../g)!, (pair) => Number.parseInt(pair, 16)));
  } else if (typeof value === "string") {
    writer.byte(FILL.text);
    writeText(writer, value);
  } else if (typeof value === "number") writeNumber(writer, value);
  else if (isNumbers(value) && JSON.stringify(value).length > bytesOf(value)) writeNumbers(writer, value, numbers);
  else {
    writer.byte(FILL.json);
    writeText(writer, JSON.stringify(value));
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < WHOLE) {
    writer.byte(FILL.whole);
    writer.varint(value < 0 ? -2 * value - 1 : 2 * value);
  } else {
    writer.byte(FILL.float64);
    writer.float64(value);
  }
}

const isNumbers = (value: Json): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === "number");
const areOf32Bits = (values: readonly number[]): boolean => values.every((value) => Math.fround(value) === value);
const bytesOf = (values: readonly number[]): number => (areOf32Bits(values) ? 4 : 8) * values.length;

function writeNumbers(writer: ByteWriter, values: readonly number[], numbers: Numbers): void {
  if (areOf32Bits(values)) {
    writer.byte(FILL.floats32);
    writer.varint(values.length);
    for (const value of values) writer.float32(value);
    return;
  }
  const gamma = values.length === numbers.last.length ? gammaOf(numbers.last, values) : null;
  if (gamma !== null) {
    writer.byte(FILL.inverseGaps);
    writer.float64(gamma);
    return;
  }
  writer.byte(FILL.floats64);
  writer.varint(values.length);
  for (const value of values) writer.float64(value);
  numbers.last = values;
}

/** Texts, by runs: of such as follow each other in a block, its number, the first place and how many; of others 0, how many, and these. */
function writeTexts(writer: ByteWriter, texts: readonly string[], places: readonly (Place | null)[]): void {
  writer.varint(texts.length);
  for (let start = 0, end = 0; start < texts.length; start = end) {
    const first = places[start] ?? null;
    for (end = start + 1; end < texts.length && follows(first, places[end] ?? null, end - start); ) end++;
    writer.varint(first?.block ?? 0);
    if (first) writer.varint(first.place);
    writer.varint(end - start);
    if (!first) for (const text of texts.slice(start, end)) writeText(writer, text);
  }
}

const follows = (first: Place | null, other: Place | null, by: number): boolean =>
  first === null ? other === null : other?.block === first.block && other.place === first.place + by;

function readTexts(reader: ByteReader, contents: Pick<Contents, "textAt">): string[] {
  const count = reader.varint("number of texts");
  const texts: string[] = [];
  while (texts.length < count) {
    const block = reader.varint("block");
    const first = block === 0 ? 0 : reader.varint("place");
    const run = reader.varint("length of a run");
    if (run === 0 || run > count - texts.length) throw reader.error(`a run of ${run} does not fit`);
    for (let i = 0; i < run; i++)
      texts.push(block === 0 ? readText(reader) : contents.textAt({ block, place: first + i }));
  }
  return texts;
}

/** What fills a hole, as JSON. */
function readFill(
  reader: ByteReader,
  { id, claimedAt }: Beside,
  contents: Pick<Contents, "textAt">,
  numbers: Numbers,
): string {
  const fill = reader.byte("fill");
  switch (fill) {
    case FILL.id:
      return JSON.stringify(id);
    case FILL.session:
      return JSON.stringify(sessionOf(id));
    case FILL.claimedAt:
      return JSON.stringify(claimedAt);
    case FILL.text:
      return JSON.stringify(readText(reader));
    case FILL.uuid:
      return `"${uuidOf(reader.bytes(16, "uuid"))}"`;
    case FILL.whole: {
      const value = reader.varint("whole number");
      return String(value % 2 === 1 ? -(value + 1) / 2 : value / 2);
    }
    case FILL.float64:
      return String(reader.finite("number"));
    case FILL.floats32:
      return `[${Array.from(reader.float32s(reader.varint("length"), "numbers")).join(",")}]`;
    case FILL.floats64: {
      const values: number[] = [];
      for (let left = reader.varint("length"); left > 0; left--) values.push(reader.finite("number"));
      numbers.last = values;
      return `[${values.join(",")}]`;
    }
    case FILL.inverseGaps:
      return `[${inverseGaps(numbers.last, reader.finite("gamma")).join(",")}]`;
    case FILL.json:
      return readText(reader);
    case FILL.list:
      return `[${readTexts(reader, contents).join(",")}]`;
    default:
      throw reader.error(`nothing fills a hole by the number ${fill}`);
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encoder.encode(text);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

const readText = (reader: ByteReader): string => decoder.decode(reader.block("text"));

const uuidOf = (bytes: Uint8Array): string => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
