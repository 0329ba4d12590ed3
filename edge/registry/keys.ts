import { KEYS_FORMAT } from "../../shared/contract/format.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { hasKeys, type KeysDocument, readKeys, readKeysPointer, writeKeys } from "../storage/keys.ts";
import { type HashedKey, KeyTable } from "./key-table.ts";
import { MAX_KEYS } from "./limits.ts";
import type { KeyRefusal, KeyRotation, NewKey, RegisteredKey } from "./messages.ts";

/** What became of a change; the store is still to be told. */
export type Changed = { ok: RegisteredKey } | KeyRefusal;

/**
 * The keys of an edge, and the only one to change them. A change is one transaction, in which it asks that the store be told; so isolates never go
 * by what the registry does not have.
 */
export class Keys {
  readonly #storage: DurableObjectStorage;
  readonly #bucket: R2Bucket;
  readonly #table: KeyTable;
  readonly #tellStore: () => void;
  #checked: Promise<void> | null = null;

  /** @param tellStore asks for `write` to be called until it succeeds, in the transaction under way. */
  constructor(storage: DurableObjectStorage, bucket: R2Bucket, tellStore: () => void) {
    this.#storage = storage;
    this.#bucket = bucket;
    this.#table = new KeyTable(storage.sql);
    this.#tellStore = tellStore;
  }

  list = (): RegisteredKey[] => this.#table.all().map(withoutHash);
  history = () => this.#table.history();

  create({ who, hasRoot, key }: NewKey): Changed {
    return this.#change(who, (now) => {
      const usable = this.#table.all().filter((known) => isUsable(known, now));
      if (usable.length >= MAX_KEYS)
        return refusal("body", `cannot be made: there are ${MAX_KEYS} keys already; revoke one that nobody uses`);
      if (!hasRoot && !usable.some(isMaster) && !isMaster(key))
        return refusal(
          "body",
          "must be a secret key for all models: there is none, and from the first key on every call needs one; it makes the others",
        );
      this.#makeRoom();
      return this.#add({ ...key, createdAt: now, revokedAt: null, replacedBy: null }, `made: ${rights(key)}`);
    });
  }

  /** The new key has the rights and the lifetime of the old one. */
  rotate({ who, id, successor, grace }: KeyRotation): Changed {
    return this.#change(who, (now) => {
      const old = this.#usable(id, now);
      if ("refused" in old) return old;
      if (old.replacedBy !== null)
        return refusal("path.id", `is of a key that was replaced already: rotate ${old.replacedBy}`);
      // Not longer than it would have lived.
      const end = Math.min(now + grace, old.expiresAt ?? FOREVER);
      const expiresAt = old.expiresAt === null ? null : now + old.expiresAt - old.createdAt;
      this.#table.save({ ...old, expiresAt: end, replacedBy: successor.id });
      this.#makeRoom();
      const made = this.#add({ ...old, ...successor, createdAt: now, expiresAt }, `made in place of ${id}`);
      const replaced = { key: id, what: `replaced by ${successor.id}, ends ${new Date(end).toISOString()}` };
      return { ...made, history: [...made.history, replaced] };
    });
  }

  /** Of a key that was revoked before nothing changes. */
  revoke(who: string, hasRoot: boolean, id: string): Changed {
    return this.#change(who, (now) => {
      const key = this.#table.find(id);
      if (!key) return unknownKey(id);
      if (key.revokedAt !== null) return { key, history: [] };
      if (!hasRoot && isMaster(key) && isUsable(key, now) && !this.#leavesMaster(id, now)) return noMaster;
      const revoked = { ...key, revokedAt: now };
      this.#table.save(revoked);
      return { key: revoked, history: [{ key: id, what: "revoked" }] };
    });
  }

  /** Brings the newest keys to the store. @returns what is to be written with its being done. */
  async write(): Promise<() => void> {
    const { number } = this.#table.state();
    const keys = this.#table.all().map(({ note: _, createdAt: __, replacedBy: ___, ...key }) => key);
    // Nobody has made a key, as far as is known.
    if (number === 0 && (await readKeysPointer(this.#bucket)) === null) return () => {};
    const document: KeysDocument = { format: KEYS_FORMAT, number, keys };
    const pointer = await writeKeys(this.#bucket, document);
    if (pointer.number === number) return () => this.#table.wrote(number, pointer.sha256);
    const newer = await readKeys(this.#bucket, number);
    return () => this.#catchUp(newer ?? { ...document, number: pointer.number });
  }

  /** Whether it knows to have written any to the store. */
  get written(): boolean {
    return this.#table.state().written !== null;
  }

  /**
   * Resolves when it was seen, once after a start, whether the store has what was written to it last. If not, it is told again; if it has later ones, as when the registry has lost its data, these are
   * taken over. Of keys that it does not know nobody need know before somebody asks.
   */
  checked(): Promise<void> {
    this.#checked ??= this.#check();
    return this.#checked;
  }

  async #check(): Promise<void> {
    try {
      const pointer = await readKeysPointer(this.#bucket);
      const { number, written } = this.#table.state();
      if ((pointer?.number ?? 0) > number) {
        const newer = await readKeys(this.#bucket, number);
        this.#storage.transactionSync(() => this.#catchUp(newer!));
        return;
      }
      if (!written || (pointer?.sha256 === written.sha256 && (await hasKeys(this.#bucket, written)))) return;
    } catch (error) {
      writeOutput("error", "the keys in the store could not be read, and are asked for again", errorFields(error));
    }
    this.#tellStore();
  }

  /**
   * The store has newer keys than the registry, as when an older state of it was restored. What was made and ended since then was told to whoever did
   * it, and stays so.
   */
  #catchUp({ number, keys }: KeysDocument): void {
    const now = Date.now();
    writeOutput("error", "the keys in the store are newer than the registry's, which takes them over", {
      ...{ store: number, registry: this.#table.state().number },
    });
    for (const key of keys) {
      const known = this.#table.find(key.id);
      if (!known) this.#table.add({ ...key, note: "", createdAt: now, replacedBy: null });
      else {
        const expiresAt = Math.min(known.expiresAt ?? FOREVER, key.expiresAt ?? FOREVER);
        const ends = {
          expiresAt: expiresAt === FOREVER ? null : expiresAt,
          revokedAt: known.revokedAt ?? key.revokedAt,
        };
        if (ends.expiresAt === known.expiresAt && ends.revokedAt === known.revokedAt) continue;
        this.#table.save({ ...known, ...ends });
      }
      this.#table.tell({ at: now, who: "store", key: key.id, what: "taken over as it was in the store" });
    }
    this.#table.changed(number);
    this.#tellStore();
  }

  /** One transaction, and in the history who did what. What changes nothing is no change. */
  #change(
    who: string,
    make: (now: number) => { key: HashedKey; history: { key: string; what: string }[] } | KeyRefusal,
  ): Changed {
    return this.#storage.transactionSync(() => {
      const now = Date.now();
      const made = make(now);
      if ("refused" in made) return made;
      for (const entry of made.history) this.#table.tell({ at: now, who, ...entry });
      if (made.history.length > 0) {
        this.#table.changed();
        this.#tellStore();
      }
      return { ok: withoutHash(made.key) };
    });
  }

  #add(key: HashedKey, what: string) {
    this.#table.add(key);
    return { key, history: [{ key: key.id, what }] };
  }

  /** Of keys that are no longer taken, the oldest are forgotten when there are too many: an isolate keeps all in memory. */
  #makeRoom(): void {
    const all = this.#table.all();
    const over = all.length + 1 - 2 * MAX_KEYS;
    if (over <= 0) return;
    const now = Date.now();
    for (const { id } of all.filter((key) => !isUsable(key, now)).slice(0, over)) this.#table.drop(id);
  }

  #usable(id: string, now: number): HashedKey | KeyRefusal {
    const key = this.#table.find(id);
    if (!key) return unknownKey(id);
    if (!isUsable(key, now))
      return refusal(
        "path.id",
        `is of a key that ${key.revokedAt === null ? "has expired" : "was revoked"}: make a new one`,
      );
    return key;
  }

  #leavesMaster(id: string, now: number): boolean {
    return this.#table.all().some((key) => key.id !== id && isMaster(key) && isUsable(key, now));
  }
}

const FOREVER = Number.POSITIVE_INFINITY;

/** What may make keys. */
const isMaster = ({ kind, models }: Pick<HashedKey, "kind" | "models">): boolean =>
  kind === "secret" && models === null;

const isUsable = ({ revokedAt, expiresAt }: RegisteredKey, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

const withoutHash = ({ hash: _, ...key }: HashedKey): RegisteredKey => key;

const rights = ({ kind, models, origins }: Pick<HashedKey, "kind" | "models" | "origins">): string =>
  `${kind}, for ${models?.join(", ") ?? "all models"}${origins.length > 0 ? `, in pages of ${origins.join(", ")}` : ""}`;

const refusal = (field: string, problem: string): KeyRefusal => ({ refused: { status: 409, field, problem } });
const unknownKey = (id: string): KeyRefusal => ({
  refused: { status: 404, field: "path.id", problem: `is not the id of a key: there is no ${id}` },
});
const noMaster = refusal(
  "path.id",
  "is of the last secret key for all models: without it nobody could make keys any more. Make another first, or set ROOT_KEY",
);
