import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../command.ts";

/** A decision with its feedback, as a partition completed it. */
export type LoggedExample = {
  /** The decision record, as JSON. */
  body: string;
  model: string;
  /** When it was decided, ms since the epoch, on the edge's clock. */
  at: number;
  /** What it was learned as: its reward or label. */
  value: number;
};

/**
 * The partitions' databases under a server's state directory, read as they are: also while the server runs.
 * @throws UsageError when there are none.
 */
export class PartitionDatabases {
  readonly #databases: readonly DatabaseSync[];

  constructor(stateDir: string) {
    const files = globSync("do/*Partition*/*.sqlite", { cwd: stateDir }).filter(
      (file) => !file.endsWith("metadata.sqlite"),
    );
    if (files.length === 0)
      throw new UsageError(
        existsSync(stateDir)
          ? `${stateDir} has no partitions: it is no state directory of a server, or nothing was logged yet.`
          : `There is no directory ${stateDir}: give the server's with --state-dir.`,
      );
    this.#databases = files.map((file) => new DatabaseSync(join(stateDir, file), { readOnly: true }));
  }

  /** Names of the models that have examples. */
  models(): string[] {
    const names = this.#databases.flatMap(
      (database) =>
        database.prepare("SELECT DISTINCT l.model FROM examples e JOIN log l ON l.offset = e.decision").all() as {
          model: string;
        }[],
    );
    return [...new Set(names.map(({ model }) => model))].sort();
  }

  /** Decisions that have no example: they wait for feedback, or nothing came of them and the model has no default. */
  countWithout(model: string | null): number {
    return this.#databases.reduce((sum, database) => {
      const row = database
        .prepare(
          `SELECT count(*) AS n FROM log l WHERE kind = 'decision' AND (?1 IS NULL OR model = ?1)
           AND NOT EXISTS (SELECT 1 FROM examples WHERE decision = l.offset)`,
        )
        .get(model) as { n: number };
      return sum + row.n;
    }, 0);
  }

  /** The examples of one model, or of all, in the order in which they were decided. */
  *examples(model: string | null): Generator<LoggedExample> {
    const streams = this.#databases.map((database) =>
      database
        .prepare(
          `SELECT l.body, l.model, l.at, e.value FROM examples e JOIN log l ON l.offset = e.decision
           WHERE ?1 IS NULL OR l.model = ?1 ORDER BY l.at, l.id`,
        )
        .iterate(model),
    );
    const heads = streams.map((stream) => stream.next());
    for (;;) {
      let first = -1;
      for (const [i, head] of heads.entries())
        if (!head.done && (first < 0 || atOf(head) < atOf(heads[first]!))) first = i;
      if (first < 0) return;
      yield heads[first]!.value as unknown as LoggedExample;
      heads[first] = streams[first]!.next();
    }
  }

  close(): void {
    for (const database of this.#databases) database.close();
  }
}

const atOf = (head: IteratorResult<unknown>): number => (head.value as LoggedExample).at;
