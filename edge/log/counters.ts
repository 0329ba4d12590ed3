const names = ["decisions", "closed", "feedback", "examples", "duplicates", "late", "deadLetters"] as const;
export type CounterName = (typeof names)[number];

/** Totals of the partition since it began. They change with the transaction that they count. */
export class Counters {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(counts: ReadonlyMap<CounterName, number>): void {
    for (const [name, n] of counts)
      this.#sql.exec(
        "INSERT INTO counters (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
        name,
        n,
      );
  }

  all(): Record<CounterName, number> {
    const totals = Object.fromEntries(names.map((name) => [name, 0])) as Record<CounterName, number>;
    for (const { name, n } of this.#sql.exec<{ name: CounterName; n: number }>("SELECT name, n FROM counters"))
      totals[name] = n;
    return totals;
  }
}
