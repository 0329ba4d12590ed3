import { MAX_KEY_LENGTH } from "../../shared/contract/limits.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { claim, heldLocks } from "./locks.ts";
import { deleteSession, SessionStore } from "./session-store.ts";

/** How long a reloaded page waits for the end of the page before it, which has their session, in ms. */
const RESUME_WAIT = 3000;
/** How long a page without a spare session waits for the edge to issue one, in ms. */
const ISSUE_TIMEOUT = 2000;
/** A session that nobody used for so long is forgotten, in ms. */
const FORGET_AFTER = 7 * 24 * 3_600_000;

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
    if (resume !== undefined) {
      const release = await claim(this.#lock(resume), RESUME_WAIT);
      if (release) {
        const session = await SessionStore.restore(this.#database, resume, who, release);
        if (session) return session;
        release();
      }
    }
    const id = await this.#newId();
    return SessionStore.create(this.#database, id, who, await claim(this.#lock(id), RESUME_WAIT));
  }

  /** A further session, which ends with the page: nobody else knows its id, so it needs no claim. */
  async open(unit: string | undefined): Promise<SessionStore> {
    return SessionStore.create(this.#database, await this.#newId(), unit ?? (await this.#unit()), null);
  }

  /** Forgets the sessions of pages that are long gone. */
  async forgetOld(now: number): Promise<void> {
    const held = await heldLocks();
    const tx = await this.#database.transaction(["sessions"], "readonly");
    for (const row of await tx.objectStore("sessions").getAll())
      if (row.usedAt < now - FORGET_AFTER && !held.has(this.#lock(row.id))) await deleteSession(this.#database, row.id);
  }

  /** Keeps an issued session for the next start, which may be off line. */
  async refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      const read = await this.#database.transaction(["meta"], "readonly");
      if ((await read.objectStore("meta").get("spare")) !== undefined) return;
      const spare = await this.#issue();
      const write = await this.#database.transaction(["meta"], "readwrite");
      await Promise.all([write.objectStore("meta").put(spare, "spare"), write.done]);
    } finally {
      this.#refilling = false;
    }
  }

  async #newId(): Promise<string> {
    const spare = await this.#takeSpare();
    const id = spare ?? (await this.#issue().catch(() => undefined));
    this.refill().catch(() => {});
    // Neither a spare nor the edge: a random id of our own. An edge that signs its sessions may learn from such a session less, or not
    // at all; the page must decide all the same.
    return id ?? `local-${randomId()}`;
  }

  async #takeSpare(): Promise<string | undefined> {
    const tx = await this.#database.transaction(["meta"], "readwrite");
    const meta = tx.objectStore("meta");
    const spare = await meta.get("spare");
    await Promise.all([spare !== undefined && meta.delete("spare"), tx.done]);
    return spare as string | undefined;
  }

  async #issue(): Promise<string> {
    const answer = await this.#connection.json("/v1/sessions", { method: "POST", timeout: ISSUE_TIMEOUT });
    const session = (answer as { session?: unknown } | null)?.session;
    if (typeof session !== "string" || session === "" || session.length > MAX_KEY_LENGTH || session.includes("."))
      throw new Error("the edge answered /v1/sessions without a session");
    return session;
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

/** 128 random bits. crypto.randomUUID exists in secure contexts only. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
