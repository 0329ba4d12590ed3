import { CATALOGUE_COLLECT, CATALOGUE_KNOWN, CATALOGUE_RENEWAL, CATALOGUE_SEEN } from "./limits.ts";
import type { Contents, Place } from "./packed-record.ts";

/** A row of the catalogue. `until`: offset of the first row of the log that may not refer to it. `unit`: the only one that it is for; null: everybody. */
type Block = { until: number; unit: string | null; texts: readonly string[] };
type Stored = { block: number; until: number; unit: string | null; texts: string };

/** Between the texts of a block: in JSON as we write it there is none. */
const BETWEEN = "\n";

/**
 * What many records of a log have in common, actions above all, by content: each is stored once, and records refer to it (packed-record.ts).
 *
 * A text becomes known when it comes a second time, all that do so in a record in one block, which is a row: so what comes once costs nothing, and what comes
 * again costs one write for a whole list. What only one unit's records had stays in a block of that unit, and is erased with it; when another's have it too, it
 * comes into a block for everybody. A block is for rows up to an offset, which is put off while it is used: so it is known without counting when no row refers
 * to it any more.
 *
 * What is known is kept in memory, as far as there is room. What is not, is stored anew: the catalogue is a saving, and never more than the records that it is for.
 */
export class Catalogue implements Contents {
  readonly #sql: SqlStorage;
  readonly #nextOffset: () => number;
  readonly #isGoing: (unit: string) => boolean;
  /** Where texts stand that were used lately. */
  #known = new Bounded<Place & { unit: string | null }>(CATALOGUE_KNOWN);
  /** Texts that came once, and of which unit. */
  #seen = new Bounded<string>(CATALOGUE_SEEN);
  /** Blocks that were used lately, by number. */
  #blocks = new Bounded<Block>(CATALOGUE_KNOWN);
  #loaded = false;
  /** Blocks up to this one were looked at for whether a row refers to them. */
  #collected = 0;

  /** @param next offset of the next row. @param isGoing whether a unit is being erased. */
  constructor(sql: SqlStorage, next: () => number, isGoing: (unit: string) => boolean) {
    this.#sql = sql;
    this.#nextOffset = next;
    this.#isGoing = isGoing;
  }

  /** To be called in a transaction that appends the record as the next row. */
  placesOf(texts: readonly string[], unit: string): (Place | null)[] {
    this.#load();
    const own = new Set<string>();
    const shared = new Set<string>();
    for (const text of texts) {
      const known = this.#known.get(text);
      if (known) {
        if (known.unit !== null && known.unit !== unit) shared.add(text);
        continue;
      }
      const seenBy = this.#seen.get(text);
      if (seenBy === undefined) this.#seen.set(text, unit, text.length);
      else (seenBy === unit ? own : shared).add(text);
    }
    const next = this.#nextOffset();
    const isOwn = (text: string) => own.has(text) || this.#known.get(text)?.unit === unit;
    // Its blocks go when it is erased, and what is made for it meanwhile stays, so that must be whole without them.
    const without = texts.some(isOwn) && this.#isGoing(unit);
    if (!without) this.#store([...own], unit, next);
    this.#store([...shared], null, next);
    const places = texts.map((text) => (without && isOwn(text) ? null : (this.#known.get(text) ?? null)));
    for (const number of new Set(places.flatMap((place) => place?.block ?? []))) this.#renew(number, next);
    return places;
  }

  textAt({ block, place }: Place): string {
    const text = this.#block(block)?.texts[place];
    if (text === undefined) throw new Error(`the catalogue has no place ${place} in block ${block}`);
    return text;
  }

  /** Removes some blocks to which no row from an offset on refers. @returns whether it has come to the end. */
  collect(oldest: number): boolean {
    const rows = this.#sql
      .exec<Pick<Stored, "block" | "until">>(
        "SELECT block, until FROM catalogue WHERE block > ? ORDER BY block LIMIT ?",
        ...[this.#collected, CATALOGUE_COLLECT],
      )
      .toArray();
    for (const { block, until } of rows) if (until <= oldest) this.#remove(block);
    const through = rows.length < CATALOGUE_COLLECT;
    this.#collected = through ? 0 : rows.at(-1)!.block;
    return through;
  }

  /** Removes what only the records of some units had, each by itself. To be called when they are removed. */
  erase(isOne: (unit: string) => boolean): void {
    for (const { block, unit } of this.#sql
      .exec<{ block: number; unit: string }>("SELECT block, unit FROM catalogue WHERE unit IS NOT NULL")
      .toArray())
      if (isOne(unit)) this.#remove(block);
    this.#seen.clear();
  }

  /** What was noted last did not come to pass: all is read again. */
  forget(): void {
    this.#known.clear();
    this.#seen.clear();
    this.#blocks.clear();
    this.#loaded = false;
  }

  /** The newest blocks. */
  #load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    let size = 0;
    const newest: Stored[] = [];
    for (const stored of this.#sql.exec<Stored>(
      "SELECT block, until, unit, texts FROM catalogue ORDER BY block DESC",
    )) {
      size += stored.texts.length;
      if (size > CATALOGUE_KNOWN) break;
      newest.push(stored);
    }
    for (const stored of newest.reverse()) this.#learn(stored.block, blockOf(stored));
  }

  #store(texts: readonly string[], unit: string | null, next: number): void {
    if (texts.length === 0) return;
    const until = next + CATALOGUE_RENEWAL;
    const { block } = this.#sql
      .exec<{ block: number }>(
        "INSERT INTO catalogue (until, unit, texts) VALUES (?, ?, ?) RETURNING block",
        ...[until, unit, texts.join(BETWEEN)],
      )
      .one();
    this.#learn(block, { until, unit, texts });
  }

  #learn(number: number, block: Block): void {
    this.#blocks.set(String(number), block, sizeOf(block));
    for (const [place, text] of block.texts.entries()) {
      this.#seen.delete(text);
      this.#known.set(text, { block: number, place, unit: block.unit }, text.length);
    }
  }

  /** Sees to it that a block is there for the next row. */
  #renew(number: number, next: number): void {
    const block = this.#block(number)!;
    if (next < block.until) return;
    block.until = next + CATALOGUE_RENEWAL;
    this.#sql.exec("UPDATE catalogue SET until = ? WHERE block = ?", block.until, number);
  }

  #block(number: number): Block | null {
    const known = this.#blocks.get(String(number));
    if (known) return known;
    const [stored] = this.#sql.exec<Stored>("SELECT block, until, unit, texts FROM catalogue WHERE block = ?", number);
    if (!stored) return null;
    const block = blockOf(stored);
    this.#blocks.set(String(number), block, sizeOf(block));
    return block;
  }

  #remove(number: number): void {
    for (const text of this.#block(number)?.texts ?? [])
      if (this.#known.get(text)?.block === number) this.#known.delete(text);
    this.#blocks.delete(String(number));
    // What is deleted stays in its page until the place is needed.
    this.#sql.exec(
      `UPDATE catalogue SET texts = zeroblob(length(CAST(texts AS BLOB))),
         unit = CASE WHEN unit IS NULL THEN NULL ELSE zeroblob(length(CAST(unit AS BLOB))) END WHERE block = ?`,
      number,
    );
    this.#sql.exec("DELETE FROM catalogue WHERE block = ?", number);
  }
}

const blockOf = ({ until, unit, texts }: Stored): Block => ({ until, unit, texts: texts.split(BETWEEN) });
const sizeOf = ({ texts }: Block): number => texts.reduce((sum, text) => sum + text.length, 0);

/** A map that forgets what was not used for longest, when what is in it has become too large. */
class Bounded<T> {
  readonly #most: number;
  /** What was used last stands last. */
  readonly #entries = new Map<string, { value: T; size: number }>();
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, size: number): void {
    this.delete(key);
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#most) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }
}
