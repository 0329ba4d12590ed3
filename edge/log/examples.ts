import { PULL_BYTES } from "../limits.ts";
import type { Example } from "./messages.ts";

/** Completed examples, numbered in the order of their completion, and what each model's learner has been told of. */
export class Examples {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param decision offset of the decision in the log. */
  add(model: string, decision: number, value: number, feedbackAt: number | null): void {
    const { offset } = this.#sql
      .exec<{ offset: number }>(
        "INSERT INTO examples (model, decision, value, feedback_at) VALUES (?, ?, ?, ?) RETURNING offset",
        model,
        decision,
        value,
        feedbackAt,
      )
      .one();
    this.#sql.exec(
      `INSERT INTO delivery (model, newest) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET newest = excluded.newest`,
      model,
      offset,
    );
  }

  /** The next examples of a model after an offset: at most `limit`, and about PULL_BYTES of records, but at least one. */
  after(model: string, offset: number, limit: number): Example[] {
    const examples: Example[] = [];
    let bytes = 0;
    for (const example of this.#sql.exec<Example>(
      `SELECT e.offset, l.body AS record, e.value, e.feedback_at AS feedbackAt
       FROM examples e JOIN log l ON l.offset = e.decision
       WHERE e.model = ? AND e.offset > ? ORDER BY e.offset LIMIT ?`,
      model,
      offset,
      limit,
    )) {
      bytes += example.record.length;
      if (examples.length > 0 && bytes > PULL_BYTES) break;
      examples.push(example);
    }
    return examples;
  }

  /** Models with examples that their learner has not confirmed to know of. */
  undelivered(): { model: string; newest: number }[] {
    return this.#sql
      .exec<{ model: string; newest: number }>("SELECT model, newest FROM delivery WHERE newest > acknowledged")
      .toArray();
  }

  delivered(model: string, offset: number): void {
    this.#sql.exec("UPDATE delivery SET acknowledged = max(acknowledged, ?) WHERE model = ?", offset, model);
  }

  newest(): { model: string; offset: number }[] {
    return this.#sql
      .exec<{ model: string; offset: number }>("SELECT model, newest AS offset FROM delivery ORDER BY model")
      .toArray();
  }
}
