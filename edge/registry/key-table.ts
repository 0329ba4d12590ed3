import type { KeyKind } from "../../shared/contract/key-text.ts";
import { HISTORY_LENGTH } from "./limits.ts";
import type { KeyHistoryEntry, RegisteredKey } from "./messages.ts";

type Row = {
  id: string;
  kind: KeyKind;
  hash: string;
  models: string | null;
  origins: string;
  rate: number | null;
  note: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  replaced_by: string | null;
};

/** A key and the hash of its text. */
export type HashedKey = RegisteredKey & { hash: string };

/** Keys, what became of them, and what of that the store has. */
export class KeyTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The oldest first. */
  all(): HashedKey[] {
    return this.#sql.exec<Row>("SELECT * FROM keys ORDER BY created_at, id").toArray().map(readRow);
  }

  find(id: string): HashedKey | null {
    const [row] = this.#sql.exec<Row>("SELECT * FROM keys WHERE id = ?", id).toArray();
    return row ? readRow(row) : null;
  }

  add({ id, kind, hash, models, origins, rate, note, createdAt, expiresAt, revokedAt }: HashedKey): void {
    this.#sql.exec(
      "INSERT INTO keys (id, kind, hash, models, origins, rate, note, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, kind, hash, models && JSON.stringify(models), JSON.stringify(origins), rate, note],
      ...[createdAt, expiresAt, revokedAt],
    );
  }

  /** Of a key that is there, what can change. */
  save({ id, expiresAt, revokedAt, replacedBy }: RegisteredKey): void {
    this.#sql.exec(
      "UPDATE keys SET expires_at = ?, revoked_at = ?, replaced_by = ? WHERE id = ?",
      ...[expiresAt, revokedAt, replacedBy, id],
    );
  }

  /** Forgets a key; its history stays. */
  drop(id: string): void {
    this.#sql.exec("DELETE FROM keys WHERE id = ?", id);
  }

  tell({ at, who, key, what }: KeyHistoryEntry): void {
    this.#sql.exec("INSERT INTO key_history (at, who, key, what) VALUES (?, ?, ?, ?)", ...[at, who, key, what]);
  }

  /** The newest first. */
  history(): KeyHistoryEntry[] {
    return this.#sql
      .exec<KeyHistoryEntry>("SELECT at, who, key, what FROM key_history ORDER BY id DESC LIMIT ?", HISTORY_LENGTH)
      .toArray();
  }

  /** Number of the newest keys; 0 before the first. `written`: number and hash of those that the store has; null: of none. */
  state(): { number: number; written: { number: number; sha256: string } | null } {
    const { number, written, sha256 } = this.#sql
      .exec<{ number: number; written: number | null; sha256: string | null }>(
        "SELECT number, written, sha256 FROM keys_state",
      )
      .one();
    return { number, written: written === null || sha256 === null ? null : { number: written, sha256 } };
  }

  /** What there is now has a number of its own, above `over`. */
  changed(over = 0): void {
    this.#sql.exec("UPDATE keys_state SET number = max(number, ?) + 1", over);
  }

  wrote(number: number, sha256: string): void {
    this.#sql.exec("UPDATE keys_state SET written = ?, sha256 = ?", number, sha256);
  }
}

const readRow = ({ models, origins, created_at, expires_at, revoked_at, replaced_by, ...rest }: Row): HashedKey => ({
  ...rest,
  models: models === null ? null : JSON.parse(models),
  origins: JSON.parse(origins),
  createdAt: created_at,
  expiresAt: expires_at,
  revokedAt: revoked_at,
  replacedBy: replaced_by,
});
