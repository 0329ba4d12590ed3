import { handedOver, isPrerendering, isSessionId, isYoung, ownSession } from "./begin-session.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { claim, heldLocks } from "./locks.ts";
import { randomId } from "./random-id.ts";
import type { HandedOver, SessionStore } from "./session-store.ts";
import { deleteSession, storedSession } from "./stored-session.ts";
import type { SpareSession } from "./stores.ts";
import type { Visitor } from "./visitor.ts";

/** How long a reloaded page waits for the end of the page before it, which has their session, in ms. */
const RESUME_WAIT = 3000;
/** How long a page without a spare session waits for the edge to issue one, in ms. */
const ISSUE_TIMEOUT = 2000;
/** A session that nobody used for so long is forgotten, in ms. */
const FORGET_AFTER = 7 * 24 * 3_600_000;
/** Issued sessions that are kept for starts without the edge. */
const SPARES = 3;
/** Where sessions come from, and who they belong to. */
export class Sessions {
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #texts: KeptTexts;
  readonly #visitor: Visitor;
  #refilling = false;
  /** Rises when all is forgotten: what was under way then stores nothing. */
  #forgotten = 0;

  constructor(database: Database, connection: Connection, texts: KeptTexts, visitor: Visitor) {
    this.#database = database;
    this.#texts = texts;
    this.#visitor = visitor;
    this.#connection = connection;
  }

  /**
   * The main session of a page: the one it had before a reload, or a new one. A tab that was duplicated got a copy of the id too;
   * the claim tells them apart, so that no two pages count in one session.
   * A prerendered page is another than the one that is left: it asks for no lock of that, which would keep it from coming back as it was.
   * @param left what the page before said of it: all, its id, or something else.
   * @param session becomes it. One that is an issued session already stays that.
   */
  async main(unit: string | undefined, left: unknown, session: SessionStore): Promise<void> {
    if (session.issuedAt !== undefined) return this.#claimed(session);
    const begun = this.#forgotten;
    const who = unit ?? (await this.#unit());
    const resumed = isPrerendering() ? undefined : await this.#resume(left, who);
    const free = () => session.issuedAt === undefined;
    const young = resumed && isYoung(resumed.past.issuedAt);
    const issued = free() && !young ? await this.#issued() : undefined;
    if (begun !== this.#forgotten) {
      resumed?.release();
      return;
    }
    if (!free()) {
      resumed?.release();
      // It began with another meanwhile.
      if (issued) await this.#changeSpares((kept) => [issued, ...kept].slice(0, SPARES));
      return this.#claimed(session);
    }
    // An edge that has keys learns nothing of a session that is too old or that it did not issue: one goes on only where no other can be had.
    if (resumed && (young || (!issued && !session.isKnown))) {
      return session.become(resumed.past, resumed.release, resumed.past);
    }
    resumed?.release();
    if (issued || !session.isKnown) {
      const { id, at } = issued ?? ownSession();
      // What the page before saw while it had no session yet is of this one.
      const past = resumed?.past.issuedAt ? undefined : resumed?.past;
      const stored = session.become({ id, unit: who, next: 0, issuedAt: at }, null, past);
      // A prerendered page gets its locks when it is seen.
      if (isPrerendering()) this.#claimed(session);
      else session.claim(await claim(this.#lock(id), RESUME_WAIT));
      return stored;
    }
    this.#claimed(session);
  }

  /** What is under way is of somebody who is forgotten. */
  forget(): void {
    this.#forgotten++;
  }

  /** A further session, which ends with the page: nobody else knows its id, so it needs no claim. */
  async open(unit: string | undefined, session: SessionStore): Promise<void> {
    const issued = await this.#issued();
    if (!issued && session.isKnown) return;
    const { id, at } = issued ?? ownSession();
    await session.become({ id, unit: unit ?? (await this.#unit()), next: 0, issuedAt: at }, null);
  }

  /** Ends a session: it cannot be restored. Feedback for its decisions is still taken. */
  async end(session: SessionStore): Promise<void> {
    await deleteSession(this.#database, session.id);
    session.release();
  }

  /** Keeps a session where the next page finds it at once. */
  async keepOne(): Promise<void> {
    if (isYoung(this.#texts.read<SpareSession>("spare")?.at)) return;
    const spare = await this.#takeSpare();
    if (spare && !this.#texts.write("spare", spare)) await this.#changeSpares((kept) => [spare, ...kept]);
  }

  /** Forgets the sessions of pages that are long gone. */
  async forgetOld(now: number): Promise<void> {
    const held = await heldLocks();
    const rows = await this.#database.run(["sessions"], "readonly", (tx) => tx.store("sessions").getAll());
    for (const row of rows)
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

  async #resume(left: unknown, unit: string): Promise<{ past: HandedOver; release: () => void } | undefined> {
    const handed = handedOver(left);
    const id = handed?.id ?? left;
    if (typeof id !== "string") return undefined;
    const release = await claim(this.#lock(id), RESUME_WAIT);
    if (!release) return undefined;
    const stored = await storedSession(this.#database, id, unit);
    // Memory has it as this page left it, and others of the tab went on: no number is to be used twice.
    const past = handed?.unit === unit && handed.next > (stored?.next ?? -1) ? handed : stored;
    if (!past) release();
    return past && { past, release };
  }

  /** Claims a session that began without. The page before may not have ended yet, and nothing waits for it. */
  #claimed(session: SessionStore): void {
    const { id } = session;
    void claim(this.#lock(id), RESUME_WAIT).then((release) =>
      session.id === id && !session.claimed ? session.claim(release) : release?.(),
    );
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
    return this.#database.run(["meta"], "readwrite", async (tx) => {
      const meta = tx.store("meta");
      const kept = ((await meta.get("spares")) ?? []) as SpareSession[];
      const spares = change(kept.filter(({ at }) => isYoung(at)));
      await meta.put(spares, "spares");
      return spares;
    });
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
    if (sessions.length === 0 || !sessions.every(isSessionId)) throw new Error("the edge answered with something else");
    return sessions.map((id) => ({ id: id as string, at }));
  }

  /** Who is served where the author does not say, as pages of before stored it or anew. */
  async #unit(): Promise<string> {
    return this.#visitor.id ?? this.#visitor.settle(await this.#storedUnit(randomId()));
  }

  /** @param other what it is if there is none. */
  #storedUnit(other: string): Promise<string> {
    return this.#database.run(["meta"], "readwrite", async (tx) => {
      const meta = tx.store("meta");
      const known = (await meta.get("unit")) as string | undefined;
      if (known === undefined) await meta.put(other, "unit");
      return this.#visitor.id ?? known ?? other;
    });
  }

  #lock(session: string): string {
    return `edgewise session ${this.#connection.endpoint} ${session}`;
  }
}
