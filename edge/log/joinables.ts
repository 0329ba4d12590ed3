import { isWaitedFor } from "../../shared/versions/heard.ts";
import { type ActivationRow, type FeedbackRow, type Joinable, maySpeakFor } from "../../shared/versions/join.ts";
import { SENDERS } from "./sender-sets.ts";
import type { SessionRows } from "./session-rows.ts";

type Row = Omit<FeedbackRow, "final"> & { kind: string; id: string; final: number; deferred: number } & {
  /** Of a decision; of others null. */
  model: string | null;
  /** Of what came before its decision: models that its sender may speak for; null: all. */
  senders: string | null;
};

/** What the log has of decisions, as joining wants it. */
export class Joinables {
  readonly #sql: SqlStorage;
  readonly #sessions: SessionRows;

  constructor(sql: SqlStorage, sessions: SessionRows) {
    this.#sql = sql;
    this.#sessions = sessions;
  }

  /** By id; ids without a decision are left out. */
  of(ids: readonly string[]): Map<string, Joinable> {
    const found = new Map<string, Joinable & { feedback: FeedbackRow[] }>();
    if (ids.length === 0) return found;
    const activations: (ActivationRow & { id: string; senders: string | null })[] = [];
    const models = new Map<string, string>();
    // Each kind by offset, feedback after its decision.
    for (const row of this.#sql.exec<Row>(ROWS, JSON.stringify([...new Set(ids)]))) {
      const { kind, id, offset, claimedAt, at, receivedAt, value, final, deferred, model, senders } = row;
      if (kind === "decision") {
        models.set(id, model!);
        found.set(id, {
          decision: { offset, at, receivedAt, deferred: deferred === 1 },
          activation: null,
          feedback: [],
          ...(isWaitedFor(id, receivedAt) && { session: () => this.#sessions.of(id) }),
        });
      } else if (kind === "activation") activations.push({ id, offset, at, receivedAt, senders });
      else if (models.has(id) && maySpeakFor(senders, models.get(id)!))
        found.get(id)!.feedback.push({ offset, claimedAt, at, receivedAt, value, final: final === 1 });
    }
    for (const { id, senders, ...activation } of activations) {
      const joinable = found.get(id);
      if (joinable && maySpeakFor(senders, models.get(id)!)) joinable.activation ??= activation;
    }
    return found;
  }
}

// A join of its own for every kind, since each kind has an index of its own.
const rowsOf = (kind: string): string =>
  `SELECT kind, l.id, offset, claimed_at AS claimedAt, at, received_at AS receivedAt, l.value, final, deferred,
     ${kind === "decision" ? "model, NULL" : `NULL AS model, ${SENDERS}`} AS senders
   FROM json_each(?1) AS ids CROSS JOIN log AS l ON l.id = ids.value AND l.kind = '${kind}'`;
const ROWS = `${["decision", "activation", "feedback"].map(rowsOf).join(" UNION ALL ")} ORDER BY kind, offset`;
