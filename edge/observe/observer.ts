import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";
import type { CountedSeries } from "./counts.ts";
import { ISOLATE_KEPT, MAX_SERIES, SERVING_FOR } from "./limits.ts";
import type { IsolateReport, Observed, ObserverCalls, Serving } from "./messages.ts";

/**
 * Adds up what isolates count: on the platform there are many of them, and a scrape meets any. There is one, named `observer`. A report is added once, by its number, in
 * one transaction with that number; so what is counted here is what isolates reported, whatever ends which of them.
 */
export class Observer extends DurableObject<Env> implements ObserverCalls {
  readonly #startedAt = Date.now();
  #series: ReadonlyMap<string, CountedSeries>;
  #leftOut: number;
  #prunedAt = 0;

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    createTables(ctx.storage.sql);
    const { series, left_out } = ctx.storage.sql
      .exec<{ series: string; left_out: number }>("SELECT series, left_out FROM totals")
      .one();
    this.#series = new Map((JSON.parse(series) as CountedSeries[]).map((one) => [keyOf(one), one]));
    this.#leftOut = left_out;
  }

  report({ isolate, number, series, serving }: IsolateReport): void {
    const { sql } = this.ctx.storage;
    const now = Date.now();
    const [known] = sql.exec<{ number: number }>("SELECT number FROM isolates WHERE id = ?", isolate);
    if (known && known.number >= number) return;
    const { sums, leftOut } = this.#with(series);
    this.ctx.storage.transactionSync(() => {
      sql.exec(
        "INSERT OR REPLACE INTO isolates (id, number, at, serving) VALUES (?, ?, ?, ?)",
        ...[isolate, number, now, JSON.stringify(serving)],
      );
      sql.exec("UPDATE totals SET series = ?, left_out = ?", JSON.stringify([...sums.values()]), leftOut);
      if (Math.abs(now - this.#prunedAt) > SERVING_FOR)
        sql.exec("DELETE FROM isolates WHERE abs(at - ?) > ?", now, ISOLATE_KEPT);
    });
    if (Math.abs(now - this.#prunedAt) > SERVING_FOR) this.#prunedAt = now;
    this.#series = sums;
    this.#leftOut = leftOut;
  }

  observed(): Observed {
    const { sql } = this.ctx.storage;
    const serving = sql
      .exec<{ serving: string }>("SELECT serving FROM isolates WHERE abs(at - ?) < ?", Date.now(), SERVING_FOR)
      .toArray();
    return {
      series: [...this.#series.values()],
      serving: serving.map((row) => JSON.parse(row.serving) as Serving),
      leftOut: this.#leftOut,
      startedAt: this.#startedAt,
      storageBytes: sql.databaseSize,
    };
  }

  /** What there is, with more added to it. */
  #with(more: readonly CountedSeries[]): { sums: Map<string, CountedSeries>; leftOut: number } {
    const sums = new Map(this.#series);
    let leftOut = this.#leftOut;
    for (const one of more) {
      const key = keyOf(one);
      const known = sums.get(key);
      if (known || sums.size < MAX_SERIES) sums.set(key, known ? sum(known, one) : one);
      else leftOut++;
    }
    return { sums, leftOut };
  }
}

/** What another release has counted in other buckets begins anew, as after a restart. */
function sum(known: CountedSeries, more: CountedSeries): CountedSeries {
  const [a, b] = [known.histogram, more.histogram];
  if (a?.counts.length !== b?.counts.length) return more;
  const histogram = a && b && { counts: a.counts.map((n, i) => n + b.counts[i]!), sum: a.sum + b.sum };
  return { ...known, n: known.n + more.n, histogram };
}

const keyOf = ({ family, values }: CountedSeries): string => JSON.stringify([family, ...values]);

/**
 * - totals: what all isolates have counted, as JSON; it is bounded, and one row costs least.
 * - isolates: number of each one's last report, when that came, and what it serves, as JSON.
 */
function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS totals (one INTEGER PRIMARY KEY CHECK (one = 1), series TEXT NOT NULL, left_out INTEGER NOT NULL);
    INSERT OR IGNORE INTO totals VALUES (1, '[]', 0);
    CREATE TABLE IF NOT EXISTS isolates (id TEXT PRIMARY KEY, number INTEGER NOT NULL, at INTEGER NOT NULL, serving TEXT NOT NULL)
      WITHOUT ROWID;
  `);
}
