import { writeOutput } from "../observe/output.ts";
import { age } from "../storage/clock.ts";
import { CAREFUL_STARTS, DEATHS, HEALTHY_AFTER } from "./limits.ts";

/** An example, by where its decision lies. */
export type ExampleAt = { partition: string; log: string; decision: number };

/**
 * Finds an example that ends the object whenever it is learned, for which there is no error to catch: memory, or time. Each start is counted, until something
 * is learned and committed. Who starts again and again without coming to that goes on carefully: an example at a time, each behind a mark that is durable before it is tried. What was marked when the object died DEATHS times is set aside, for good, so
 * that learning again gives the same bits.
 */
export class Attempts {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #startedAt = Date.now();
  readonly #setAside: Set<string>;
  #starts: number;

  /** Counts this start. @param name of the version. */
  constructor(storage: DurableObjectStorage, name: string) {
    this.#storage = storage;
    this.#sql = storage.sql;
    createTables(this.#sql);
    for (const at of this.#sql.exec<ExampleAt>("SELECT partition, log, decision FROM attempts WHERE trying"))
      this.#died(name, at);
    this.#starts = this.#sql.exec<{ n: number }>("UPDATE starts SET n = n + 1 RETURNING n").one().n;
    this.#setAside = new Set(
      this.#sql
        .exec<ExampleAt>("SELECT partition, log, decision FROM attempts WHERE deaths >= ?", DEATHS)
        .toArray()
        .map(key),
    );
  }

  /** Whether examples are to be tried one by one, each behind a mark. */
  get careful(): boolean {
    return this.#starts >= CAREFUL_STARTS;
  }

  /** How many examples are set aside. */
  get setAside(): number {
    return this.#setAside.size;
  }

  isSetAside(at: ExampleAt): boolean {
    return this.#setAside.size > 0 && this.#setAside.has(key(at));
  }

  /** Marks an example that is about to be learned. Resolves when the mark is durable. */
  async begin({ partition, log, decision }: ExampleAt): Promise<void> {
    this.#sql.exec(
      `INSERT INTO attempts (partition, log, decision, deaths, trying) VALUES (?, ?, ?, 0, 1)
       ON CONFLICT DO UPDATE SET trying = 1`,
      ...[partition, log, decision],
    );
    await this.#storage.sync();
  }

  /** The object has outlived it. */
  ended(): void {
    this.#sql.exec("DELETE FROM attempts WHERE trying AND deaths = 0; UPDATE attempts SET trying = 0 WHERE trying");
  }

  /**
   * What was learned was committed, in the transaction that commits it: there is progress. Starts are counted on until it goes well for longer, since the example may be
   * among those that are next, and what is committed in between is of another partition.
   * @param settled whether nothing is left to learn.
   */
  committed(settled: boolean): void {
    if (this.#starts === 0) return;
    if (!settled && age(this.#startedAt) < HEALTHY_AFTER) return;
    this.#starts = 0;
    this.#sql.exec("UPDATE starts SET n = 0");
    this.#sql.exec("DELETE FROM attempts WHERE deaths < ?", DEATHS);
  }

  #died(name: string, { partition, log, decision }: ExampleAt): void {
    const { deaths } = this.#sql
      .exec<{ deaths: number }>(
        `UPDATE attempts SET trying = 0, deaths = deaths + 1
         WHERE partition = ? AND log = ? AND decision = ? RETURNING deaths`,
        ...[partition, log, decision],
      )
      .one();
    writeOutput("error", "a trainer ended while it learned an example", {
      ...{ version: name, partition, decision, deaths },
      setAside: deaths >= DEATHS,
    });
  }
}

/** Why such an example is not learned. */
export const SET_ASIDE = `the trainer ended ${DEATHS} times while it learned this`;

const key = ({ partition, log, decision }: ExampleAt): string => `${partition}\n${log}\n${decision}`;

/**
 * - starts: of the object, since something was learned and committed.
 * - attempts: examples that were being learned when the object died, how often; `trying`: the one that is being learned.
 */
function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS starts (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL);
    INSERT OR IGNORE INTO starts VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS attempts (
      partition TEXT NOT NULL,
      log TEXT NOT NULL,
      decision INTEGER NOT NULL,
      deaths INTEGER NOT NULL,
      trying INTEGER NOT NULL,
      PRIMARY KEY (partition, log, decision)
    ) WITHOUT ROWID;
  `);
}
