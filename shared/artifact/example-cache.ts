import type { FeatureBuffer } from "../features/featurebuffer.ts";

/** What a cache keeps of an example: what reading its text arrived at. */
export interface CachedExample {
  label: number | null;
  importance: number;
  base: number;
  observed: { action: number; cost: number; probability: number } | null;
  /** Whether its features belong to all examples of the event. */
  shared: boolean;
  /** Slots (0 to 255) that have features. */
  readonly slots: readonly number[];
  /** Hashes of 32 bits and values that 32 bits can hold. */
  features(slot: number): FeatureBuffer | undefined;
}

/** An example that a cache is read into. */
export interface ExampleTarget extends CachedExample {
  /** Forgets everything: no label, importance 1, base 0. */
  clear(): void;
  /** The features of a slot, to add to. */
  open(slot: number): FeatureBuffer;
}

/** What the examples are. `simple`: with a label; `bandit`: with costs; `events`: several, one an action, make an event. */
export type CacheKind = "simple" | "bandit" | "events";

/*
 * A cache is little-endian words of 32 bits, so that reading is copying. Header: magic, format, kind. Then for each example: how many words it
 * has; flags, and the number of slots from bit 8; what the flags say is there, numbers in two words each; and for each slot: the slot, and
 * the number of features from bit 8; how many of the first have the value 1, as categories do; all hashes; the values of the others.
 */
const MAGIC = 0x43455745;
export const CACHE_MAGIC = "EWEC";
const FORMAT = 1;
const KINDS: readonly CacheKind[] = ["simple", "bandit", "events"];
const HEADER = 3;

const LABEL = 1;
const WEIGHED = 2;
const OBSERVED = 4;
const SHARED = 8;
const LAST = 16;

const MAX_WORDS = 2 ** 26;

/** Writes parsed examples, so that they need not be parsed again. */
export class ExampleCacheWriter {
  readonly #onBytes: (bytes: Uint8Array) => void;
  #buffer = new ArrayBuffer(2 ** 20);
  #words = new Uint32Array(this.#buffer);
  #floats = new Float32Array(this.#buffer);
  #view = new DataView(this.#buffer);
  #length = 0;

  /** @param onBytes is given what is to be written next; the bytes are valid during the call only. */
  constructor(kind: CacheKind, onBytes: (bytes: Uint8Array) => void) {
    this.#onBytes = onBytes;
    this.#words.set([MAGIC, FORMAT, KINDS.indexOf(kind)]);
    this.#length = HEADER;
  }

  /** @param last whether the event ends with it. */
  add(example: CachedExample, last: boolean): void {
    let needed = 16;
    for (const slot of example.slots) needed += 2 + 2 * example.features(slot)!.length;
    if (needed > MAX_WORDS) throw new RangeError("an example has too many features for a cache");
    if (this.#length + needed > this.#words.length) this.#flush(needed);
    const { label, importance, base, observed, shared, slots } = example;
    const start = this.#length;
    const weighed = importance !== 1 || !Object.is(base, 0);
    this.#words[start + 1] =
      (label === null ? 0 : LABEL) |
      (weighed ? WEIGHED : 0) |
      (observed === null ? 0 : OBSERVED) |
      (shared ? SHARED : 0) |
      (last ? LAST : 0) |
      (slots.length << 8);
    this.#length += 2;
    if (label !== null) this.#float64(label);
    if (weighed) {
      this.#float64(importance);
      this.#float64(base);
    }
    if (observed !== null) {
      this.#words[this.#length++] = observed.action;
      this.#float64(observed.cost);
      this.#float64(observed.probability);
    }
    for (const slot of slots) this.#features(slot, example.features(slot)!);
    this.#words[start] = this.#length - start;
  }

  /** Writes what is still kept. */
  end(): void {
    this.#flush(0);
  }

  #features(slot: number, { indices, values, length }: FeatureBuffer): void {
    const words = this.#words;
    const floats = this.#floats;
    let ones = 0;
    while (ones < length && values[ones] === 1) ones++;
    let at = this.#length;
    words[at++] = slot | (length << 8);
    words[at++] = ones;
    for (let i = 0; i < length; i++) words[at++] = indices[i]!;
    for (let i = ones; i < length; i++) floats[at++] = values[i]!;
    this.#length = at;
  }

  #float64(value: number): void {
    this.#view.setFloat64(4 * this.#length, value, true);
    this.#length += 2;
  }

  #flush(needed: number): void {
    if (this.#length > 0) this.#onBytes(new Uint8Array(this.#buffer, 0, 4 * this.#length));
    this.#length = 0;
    if (needed <= this.#words.length) return;
    this.#buffer = new ArrayBuffer(4 * needed);
    this.#words = new Uint32Array(this.#buffer);
    this.#floats = new Float32Array(this.#buffer);
    this.#view = new DataView(this.#buffer);
  }
}

/** Who reads a cache: it says where the next example goes, and is told when it is there. */
export interface ExampleCacheSink {
  /** Once, first. Throws when it cannot use such examples. */
  kind(kind: CacheKind): void;
  next(): ExampleTarget;
  /** @param last whether the event ends with it. */
  filled(last: boolean): void;
}

/**
 * Reads what ExampleCacheWriter wrote, in chunks of any size. Allocates nothing for an example, but for what was observed of it.
 * @throws Error saying what is wrong when the bytes are no cache.
 */
export class ExampleCacheReader {
  readonly #sink: ExampleCacheSink;
  #buffer = new ArrayBuffer(2 ** 20);
  #bytes = new Uint8Array(this.#buffer);
  #words = new Uint32Array(this.#buffer);
  #floats = new Float32Array(this.#buffer);
  #view = new DataView(this.#buffer);
  /** Bytes that are there, from the first word of an example (or of the header). */
  #length = 0;
  #begun = false;

  constructor(sink: ExampleCacheSink) {
    this.#sink = sink;
  }

  add(chunk: Uint8Array): void {
    this.#reserve(this.#length + chunk.length);
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
    const end = this.#length >> 2;
    let at = 0;
    if (!this.#begun) {
      if (end < HEADER) return;
      this.#readHeader();
      at = HEADER;
    }
    while (at < end) {
      const size = this.#words[at]!;
      if (size < 2 || size > MAX_WORDS) throw broken("an example has an impossible length");
      if (at + size > end) break;
      this.#read(at, at + size);
      at += size;
    }
    this.#bytes.copyWithin(0, 4 * at, this.#length);
    this.#length -= 4 * at;
  }

  /** @throws Error when the last example is not complete. */
  end(): void {
    if (!this.#begun || this.#length > 0) throw broken("it ends within an example");
  }

  #readHeader(): void {
    const [magic, format, kind] = this.#words;
    if (magic !== MAGIC) throw broken(`it does not begin with ${CACHE_MAGIC}`);
    if (format !== FORMAT) throw broken(`format version ${format} is not ${FORMAT}`);
    const name = KINDS[kind!];
    if (name === undefined) throw broken("its kind of examples is unknown");
    this.#begun = true;
    this.#sink.kind(name);
  }

  #read(start: number, end: number): void {
    const words = this.#words;
    const view = this.#view;
    const into = this.#sink.next();
    into.clear();
    const flags = words[start + 1]!;
    let at = start + 2;
    const numbers = (flags & LABEL ? 2 : 0) + (flags & WEIGHED ? 4 : 0) + (flags & OBSERVED ? 5 : 0);
    if (at + numbers > end) throw broken("an example ends too early");
    if (flags & LABEL) {
      into.label = view.getFloat64(4 * at, true);
      at += 2;
    }
    if (flags & WEIGHED) {
      into.importance = view.getFloat64(4 * at, true);
      into.base = view.getFloat64(4 * at + 8, true);
      at += 4;
    }
    if (flags & OBSERVED) {
      const cost = view.getFloat64(4 * at + 4, true);
      into.observed = { action: words[at]!, cost, probability: view.getFloat64(4 * at + 12, true) };
      at += 5;
    }
    into.shared = (flags & SHARED) !== 0;
    for (let slots = flags >>> 8; slots > 0; slots--) at = this.#readFeatures(at, end, into);
    if (at !== end) throw broken("an example has another length than it says");
    this.#sink.filled((flags & LAST) !== 0);
  }

  /** @returns where they end. */
  #readFeatures(start: number, end: number, into: ExampleTarget): number {
    const words = this.#words;
    const floats = this.#floats;
    if (start + 2 > end) throw broken("an example ends too early");
    const head = words[start]!;
    const count = head >>> 8;
    const ones = words[start + 1]!;
    const hashes = start + 2;
    if (count === 0 || ones > count || hashes + 2 * count - ones > end) throw broken("a slot has an impossible length");
    const features = into.open(head & 0xff);
    features.reserve(count);
    const { indices, values, length } = features;
    for (let i = 0; i < count; i++) indices[length + i] = words[hashes + i]!;
    values.fill(1, length, length + ones);
    const from = hashes + count - ones;
    for (let i = ones; i < count; i++) values[length + i] = floats[from + i]!;
    features.length = length + count;
    return hashes + 2 * count - ones;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const buffer = new ArrayBuffer(4 * Math.ceil(Math.max(needed, 2 * this.#bytes.length) / 4));
    const bytes = new Uint8Array(buffer);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#buffer = buffer;
    this.#bytes = bytes;
    this.#words = new Uint32Array(buffer);
    this.#floats = new Float32Array(buffer);
    this.#view = new DataView(buffer);
  }
}

const broken = (message: string): Error => new RangeError(`not a valid example cache: ${message}`);
