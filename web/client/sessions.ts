import { MAX_KEY_LENGTH, SESSION_DAYS } from "../../shared/contract/limits.ts";
import type { Connection } from "./connection.ts";
import type { Database, SpareSession } from "./database.ts";
import { claim, heldLocks } from "./locks.ts";
import { deleteSession, SessionStore } from "./session-store.ts";

/** How long a reloaded page waits for the end of the page before it, which has their session, in ms. */
const RESUME_WAIT = 3000;
/** How long a page without a spare session waits for the edge to issue one, in ms. */
const ISSUE_TIMEOUT = 2000;
const DAY = 24 * 3_600_000;
/** A session that nobody used for so long is forgotten, in ms. */
const FORGET_AFTER = 7 * DAY;
/** Issued sessions that are kept for starts without the edge. */
const SPARES = 3;
/**
 * From what age on, in ms, no page begins to use an issued session, nor goes on with it after a reload: what is decided in it must come to the edge
 * within SESSION_DAYS, and a page may be off line for long.
 */
const OLD = (SESSION_DAYS / 3) * DAY;

/** Where sessions come from, and who they belong to. */
export class Sessions {
  readonly #database: Database;
  readonly #connection: Connection;
  #refilling = false;

  constructor(database: Database, connection: Connection) {
    this.#database = database;
    this.#connection = connection;
  }

  /**
   * The main session of a page: the one it had before a reload, or a new one. A tab that was duplicated got a copy of the id too;
   * the claim tells them apart, so that no two pages count in one session.
   */
  async main(unit: string | undefined, resume: string | undefined): Promise<SessionStore> {
    const who = unit ?? (await this.#unit());
    const resumed = resume === undefined ? undefined : await this.#resume(resume, who);
    if (resumed && isYoung(resumed.issuedAt)) return resumed;
    const issued = await this.#issued();
    // An edge that has keys learns nothing of a session that is too old or that it did not issue: one goes on only where no other can be had.
    if (resumed && !issued) return resumed;
    resumed?.release();
    const { id, at } = issued ?? ownSession();
    return SessionStore.create(this.#database, id, who, await claim(this.#lock(id), RESUME_WAIT), at);
  }

  /** A further session, which ends with the page: nobody else knows its id, so it needs no claim. */
  async open(unit: string | undefined): Promise<SessionStore> {
    const { id, at } = (await this.#issued()) ?? ownSession();
    return SessionStore.create(this.#database, id, unit ?? (await this.#unit()), null, at);
  }

  /** Forgets the sessions of pages that are long gone. */
  async forgetOld(now: number): Promise<void> {
    const held = await heldLocks();
    const tx = await this.#database.transaction(["sessions"], "readonly");
    for (const row of await tx.objectStore("sessions").getAll())
      if (row.usedAt < now - FORGET_AFTER && !held.has(this.#lock(row.id))) await deleteSession(this.#database, row.id);
  }

  /** Keeps issued sessions for the next starts, which may be off line. */
  async refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      const missing = SPARES - (await this.#changeSpares((spares) => spares)).length;
      if (missing <= 0) return;
      const issued = await this.#issue(missing);
      // Another tab may have filled it meanwhile.
      await this.#changeSpares((spares) => [...spares, ...issued].slice(0, SPARES));
    } finally {
      this.#refilling = false;
    }
  }

  /** An issued session: a spare one or, the first time, one of the edge's that comes with spares; undefined where neither can be had. */
  async #issued(): Promise<SpareSession | undefined> {
    const spare = await this.#takeSpare();
    if (spare) {
      this.refill().catch(() => {});
      return spare;
    }
    const [first, ...spares] = await this.#issue(1 + SPARES).catch(() => []);
    if (spares.length > 0) await this.#changeSpares((kept) => [...kept, ...spares].slice(0, SPARES)).catch(() => {});
    return first;
  }

  async #resume(id: string, unit: string): Promise<SessionStore | undefined> {
    const release = await claim(this.#lock(id), RESUME_WAIT);
    if (!release) return undefined;
    const session = await SessionStore.restore(this.#database, id, unit, release);
    if (!session) release();
    return session;
  }

  async #takeSpare(): Promise<SpareSession | undefined> {
    let taken: SpareSession | undefined;
    await this.#changeSpares(([first, ...others]) => {
      taken = first;
      return others;
    });
    return taken;
  }

  /** Changes the spares that are young enough, in one transaction. @returns what they have become. */
  async #changeSpares(change: (spares: SpareSession[]) => SpareSession[]): Promise<SpareSession[]> {
    const tx = await this.#database.transaction(["meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const kept = ((await meta.get("spares")) ?? []) as SpareSession[];
    const spares = change(kept.filter(({ at }) => isYoung(at)));
    // Pages of before kept one, of which nobody knows how old it is.
    await Promise.all([meta.put(spares, "spares"), meta.delete("spare"), tx.done]);
    return spares;
  }

  async #issue(count: number): Promise<SpareSession[]> {
    const at = Date.now();
    const answer = (await this.#connection.json("/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ count }),
      timeout: ISSUE_TIMEOUT,
    })) as { sessions?: unknown } | null;
    const sessions: unknown[] = Array.isArray(answer?.sessions) ? answer.sessions : [];
    if (sessions.length === 0 || !sessions.every(isSessionId))
      throw new Error("the edge answered /v1/sessions without sessions");
    return sessions.map((id) => ({ id: id as string, at }));
  }

  /** The visitor's random id, the same for all pages of this endpoint. */
  async #unit(): Promise<string> {
    const tx = await this.#database.transaction(["meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const known = (await meta.get("unit")) as string | undefined;
    const unit = known ?? randomId();
    await Promise.all([known === undefined && meta.put(unit, "unit"), tx.done]);
    return unit;
  }

  #lock(session: string): string {
    return `edgewise session ${this.#connection.endpoint} ${session}`;
  }
}

const isSessionId = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && value.length <= MAX_KEY_LENGTH && !value.includes(".");

/** Clocks of pages are corrected by days: a time that is yet to come says nothing. */
function isYoung(at: number | undefined): boolean {
  const age = Date.now() - (at ?? Number.NaN);
  return age >= 0 && age < OLD;
}

/** Neither a spare nor the edge: the page decides all the same, in a session of its own. */
const ownSession = () => ({ id: `local-${randomId()}`, at: undefined });

/** 128 random bits. crypto.randomUUID exists in secure contexts only. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
