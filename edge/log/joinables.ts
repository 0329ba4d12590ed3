import type { ActivationRow, FeedbackRow, Joinable } from "../../shared/versions/join.ts";

type Row = Omit<FeedbackRow, "final"> & { kind: string; id: string; final: number; deferred: number };

/** What the log has of decisions, as joining wants it. */
export class Joinables {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** By id; ids without a decision are left out. */
  of(ids: readonly string[]): Map<string, Joinable> {
    const found = new Map<string, Joinable & { feedback: FeedbackRow[] }>();
    if (ids.length === 0) return found;
    const activations = new Map<string, ActivationRow>();
    // Decisions come first; feedback by offset.
    for (const row of this.#sql.exec<Row>(ROWS, JSON.stringify([...new Set(ids)]))) {
      const { kind, id, offset, claimedAt, at, receivedAt, value, final, deferred } = row;
      if (kind === "decision")
        found.set(id, {
          decision: { offset, at, receivedAt, deferred: deferred === 1 },
          activation: null,
          feedback: [],
        });
      else if (kind === "activation") activations.set(id, { offset, at, receivedAt });
      else found.get(id)?.feedback.push({ offset, claimedAt, at, receivedAt, value, final: final === 1 });
    }
    for (const [id, activation] of activations) {
      const joinable = found.get(id);
      if (joinable) joinable.activation = activation;
    }
    return found;
  }
}

// A join of its own for every kind, since each kind has an index of its own.
const rowsOf = (kind: string): string =>
  `SELECT kind, l.id, offset, claimed_at AS claimedAt, at, received_at AS receivedAt, l.value, final, deferred
   FROM json_each(?1) AS ids CROSS JOIN log AS l ON l.id = ids.value AND l.kind = '${kind}'`;
const ROWS = `${["decision", "activation", "feedback"].map(rowsOf).join(" UNION ALL ")} ORDER BY kind, offset`;
