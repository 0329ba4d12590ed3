import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { Archive } from "./archive.ts";
import type { ArchivedRow } from "./archived-row.ts";
import type { Log } from "./log.ts";

/** Hears in a transaction of a row that went, and for whose sake: the name under which it was noted. */
export type Gone = (owner: string, row: ArchivedRow) => void;

/**
 * Writes files of the archive anew without what is noted to be removed from them (removals.ts), one at a time. Whoever noted it, whoever comes first does it, so that
 * nobody waits for another; each has its own heard.
 */
export class Rewriting {
  readonly #log: Log;
  readonly #archive: Archive;
  readonly #listeners = new Map<string, Gone>();
  #others: Gone = () => {};

  constructor(log: Log, archive: Archive) {
    this.#log = log;
    this.#archive = archive;
  }

  /** @param owner name under which somebody notes what is to be removed; null: all that nobody else has. */
  hear(owner: string | null, gone: Gone): void {
    if (owner === null) this.#others = gone;
    else this.#listeners.set(owner, gone);
  }

  /** Does the next file. @returns false when none is left. @throws Error when a file cannot be read or written. */
  async step(): Promise<boolean> {
    const { next } = this.#log.removals;
    if (next === null) return false;
    await this.#archive.alone(() => this.#rewrite(next));
    return true;
  }

  async #rewrite(number: number): Promise<void> {
    const segment = this.#archive.segments.numbered(number)!;
    const rows = await this.#archive.segments.read(segment);
    const gone = await this.#goneOf(rows);
    if (gone.size === 0) {
      this.#log.removals.removedFrom(number);
      return;
    }
    await this.#archive.rewrite(
      segment,
      rows,
      ({ id }) => !gone.has(id),
      (removed) => {
        for (const row of removed) {
          const owner = gone.get(row.id)!;
          (this.#listeners.get(owner) ?? this.#others)(owner, row);
          // Something that came for its id since it was noted may have brought it back into the table.
          this.#log.eraseCopy(row.offset);
        }
        this.#log.removals.removedFrom(number);
      },
    );
  }

  /** Ids among rows of a file that are to be removed, with who noted each. */
  async #goneOf(rows: readonly ArchivedRow[]): Promise<Map<string, string>> {
    const { removals } = this.#log;
    const gone = removals.among(
      "decision",
      rows.map(({ id }) => id),
    );
    const decided = new Set(rows.flatMap(({ kind, id }) => (kind === "decision" ? [id] : [])));
    const undecided = rows.filter(({ id }) => id.includes(".") && !decided.has(id) && !gone.has(id));
    const sessions = removals.among(
      "session",
      undecided.map(({ id }) => sessionOf(id)),
    );
    const early = new Set(undecided.map(({ id }) => id).filter((id) => sessions.has(sessionOf(id))));
    if (early.size === 0) return gone;
    // Their decisions may have come later.
    for (const { kind, id } of await this.#archive.rowsOf([...early])) if (kind === "decision") early.delete(id);
    for (const id of early) if (this.#log.modelOf(id) === null) gone.set(id, sessions.get(sessionOf(id))!);
    return gone;
  }
}
