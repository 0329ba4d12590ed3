import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { CALL, LOCAL, sessionOf, takenFrom, UNKNOWN } from "../contract/issued-session.ts";
import { GROWTH, PER_HOUR } from "../contract/per-hour.ts";
import type { PerHourSpec } from "../contract/spec.ts";
import { murmur3 } from "../math/murmur3.ts";
import { FrequentKeys } from "./frequent-keys.ts";

/** What bounds ask of a decision. `receivedAt`: ms since the epoch, the log's clock. */
export type BoundedDecision = { id: string; unit: string; receivedAt: number };

/** Of what too much was learned in the hour. */
export const BOUNDS = ["session", "unit", "network", "all"] as const;
export type Bound = (typeof BOUNDS)[number];

const HOUR = 3_600_000;
/**
 * Most counters of an hour, 12 bytes each in a checkpoint, of which a row holds 2 MB. Where an hour has more sessions, units or networks, each of them may have one
 * in so many of what is learned in it besides.
 */
const COUNTERS = { session: 16_384, unit: 8192, network: 8192 };
/** For how many hours there are so many: those from which something was learned last. */
const HOURS = 3;
/** Hours from which something was learned before that keep the highest of their counters, so that nobody is counted anew who comes back to them. */
const FORMER_COUNTERS = { session: 1024, unit: 512, network: 512 };
/**
 * How many hours there are in all. Activations count for a day, and then a decision's wait begins: with waits of up to six hours an hour is over before it is forgotten. With longer ones it
 * is counted again, when so many others were learned from since.
 */
const ALL_HOURS = 33;

const MAGIC = "EWPH";
const FORMAT = 1;

/** What was learned of an hour. */
class Hour {
  all = 0;
  readonly session = new FrequentKeys(COUNTERS.session);
  readonly unit = new FrequentKeys(COUNTERS.unit);
  readonly network = new FrequentKeys(COUNTERS.network);

  /** Keeps the counters of an hour from which others were learned since. */
  shrink(): void {
    for (const bound of ["session", "unit", "network"] as const) this[bound].shrink(FORMER_COUNTERS[bound]);
  }
}

/** Of what a decision counts as: keys of counters. Null: there is none. */
type Keys = { session: number; unit: number; network: number | null };

/**
 * How much a version has learned of each session, unit and network an hour, and whether it may learn more (docs/adr/0010-bounds-of-contribution.md). Hours are those in
 * which decisions were received, so what is learned is a function of the examples and their order alone. Only what strangers can send is counted: decisions in
 * sessions that were issued to them. Whoever has a secret key names his decisions otherwise, and is believed.
 */
export class Contributions {
  readonly #most: { readonly [bound in Bound]: number };
  /** By number, hours since the epoch; the one that was learned from last stands last. */
  readonly #hours = new Map<number, Hour>();
  /** The one that was learned from last. */
  #latest: number | null = null;
  /** What was learned of the busiest hour that is no longer counted. */
  #busiest = 0;

  constructor({ session, unit, network, all }: PerHourSpec = {}) {
    this.#most = {
      session: limit(session, PER_HOUR.session),
      unit: limit(unit, PER_HOUR.unit),
      network: limit(network, PER_HOUR.network),
      all: limit(all, PER_HOUR.all),
    };
  }

  /**
   * Which bound a decision would go over; null: it may be learned. The fuller the hour, the less each may have of what is left: many that come at once cannot take it
   * from those who need little.
   */
  over(decision: BoundedDecision): Bound | null {
    const keys = keysOf(decision);
    if (keys === null) return null;
    const number = hourOf(decision);
    const hour = this.#hours.get(number);
    if (!hour) return this.#most.all > 0 ? null : "all";
    const all = this.#mostOf(number);
    if (hour.all >= all) return "all";
    const left = all === Number.POSITIVE_INFINITY ? 1 : 1 - hour.all / all;
    if (hour.session.of(keys.session) >= left * this.#most.session) return "session";
    if (hour.unit.of(keys.unit) >= left * this.#most.unit) return "unit";
    if (keys.network !== null && hour.network.of(keys.network) >= left * this.#most.network) return "network";
    return null;
  }

  /** Counts a decision that was learned. */
  add(decision: BoundedDecision): void {
    const keys = keysOf(decision);
    if (keys === null) return;
    const hour = this.#turnTo(hourOf(decision));
    hour.all++;
    hour.session.add(keys.session);
    hour.unit.add(keys.unit);
    if (keys.network !== null) hour.network.add(keys.network);
  }

  /** All that it knows: `read` goes on from it bit for bit. */
  state(): Uint8Array<ArrayBuffer> {
    const writer = new ByteWriter();
    writer.ascii(MAGIC);
    writer.byte(FORMAT);
    writer.float64(this.#busiest);
    writer.varint(this.#hours.size);
    for (const [number, hour] of this.#hours) {
      writer.float64(number);
      writer.float64(hour.all);
      for (const keys of [hour.session, hour.unit, hour.network]) keys.write(writer);
    }
    return writer.finish();
  }

  /** Reads what `state` gave; to be done once, before anything is added. @throws Error saying what is wrong with the bytes. */
  read(state: Uint8Array): void {
    const reader = new ByteReader(state, "counts of contributions");
    reader.header(MAGIC, FORMAT);
    this.#busiest = reader.finite("busiest hour");
    for (let left = reader.varint("number of hours"); left > 0; left--) {
      const number = reader.finite("hour");
      const hour = new Hour();
      hour.all = reader.finite("examples of an hour");
      for (const keys of [hour.session, hour.unit, hour.network]) keys.read(reader);
      this.#hours.set(number, hour);
      this.#latest = number;
    }
    // States of before have four with all their counters.
    for (const hour of [...this.#hours.values()].slice(0, -HOURS)) hour.shrink();
    reader.expectEnd();
  }

  /** @returns the hour, which is now the one that was learned from last. */
  #turnTo(number: number): Hour {
    const hour = this.#hours.get(number) ?? new Hour();
    if (number === this.#latest) return hour;
    this.#latest = number;
    this.#hours.delete(number);
    this.#hours.set(number, hour);
    [...this.#hours.values()].at(-1 - HOURS)?.shrink();
    if (this.#hours.size > ALL_HOURS) this.#forgetOldest();
    return hour;
  }

  #mostOf(number: number): number {
    let busiest = this.#busiest;
    for (const [other, { all }] of this.#hours) if (other !== number) busiest = Math.max(busiest, all);
    return Math.max(this.#most.all, GROWTH * busiest);
  }

  #forgetOldest(): void {
    const [number, { all }] = this.#hours.entries().next().value!;
    this.#hours.delete(number);
    this.#busiest = Math.max(this.#busiest, all);
  }
}

const limit = (asked: number | null | undefined, otherwise: number | null): number =>
  (asked === undefined ? otherwise : asked) ?? Number.POSITIVE_INFINITY;

const hourOf = ({ receivedAt }: BoundedDecision): number => Math.floor(receivedAt / HOUR);

/** Null of what no stranger can have sent. */
function keysOf({ id, unit, receivedAt }: BoundedDecision): Keys | null {
  const session = sessionOf(id);
  const network = takenFrom(session, receivedAt);
  if (network === null || network === CALL || network === LOCAL) return null;
  return { session: hash(session), unit: hash(unit), network: network === UNKNOWN ? null : network };
}

/** 52 bits: what is counted is not kept by its name. */
const hash = (text: string): number => murmur3(text, 1) * 2 ** 20 + (murmur3(text, 2) >>> 12);
