import type { ModelSpec } from "../../shared/contract/spec.ts";
import { joinRules } from "../../shared/versions/join.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { Sorter } from "../files/sorter.ts";
import { type LoggedExample, LogJoin } from "./log-join.ts";
import { type LogPage, logPages, partitionCount } from "./log-pages.ts";

/** What the log of an edge has of some models. */
export type JoinedLog = {
  /** In the order in which they were decided. To be read once, or given back by `return`. */
  examples: AsyncGenerator<LoggedExample>;
  /** How many there are. */
  count: number;
  /** Decisions that are no examples: they wait for feedback, or nothing came of them and the model has no default. */
  without: number;
  /** Models of decisions that were left out, because there are no rules for them. */
  unknown: ReadonlySet<string>;
};

/** Those of one moment, by their ids, so that the order does not depend on how many partitions there are. */
const byTime = (a: LoggedExample, b: LoggedExample): number => a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id));

/**
 * Reads the log of an edge, and joins it by the reward rules of each model's spec. What waits is kept in memory, and examples up to what
 * Sorter keeps there; the rest goes to temporary files.
 * @param specs of the models that are asked for. @param model the only one; null: there may be several.
 */
export async function joinedLog(
  edge: EdgeCalls,
  specs: ReadonlyMap<string, ModelSpec>,
  model: string | null,
): Promise<JoinedLog> {
  const rules = new Map([...specs].map(([name, spec]) => [name, joinRules(spec)]));
  const sorter = new Sorter(byTime);
  let count = 0;
  let without = 0;
  const unknown = new Set<string>();
  try {
    for (let partition = 0, partitions = await partitionCount(edge, model); partition < partitions; partition++) {
      const onExample = (example: LoggedExample) => sorter.add(example, example.record.length);
      const join = new LogJoin(rules, onExample);
      await readInto(join, logPages(edge, partition, model));
      if (join.late.size > 0) {
        const second = new LogJoin(rules, onExample, join.late);
        await readInto(second, logPages(edge, partition, model));
        join.examples += second.examples;
      }
      count += join.examples;
      without += join.decisions - join.examples;
      for (const name of join.unknown) unknown.add(name);
    }
  } catch (error) {
    sorter.remove();
    throw error;
  }
  return { examples: sorter.sorted(), count, without, unknown };
}

async function readInto(join: LogJoin, pages: AsyncIterable<LogPage>): Promise<void> {
  for await (const { rows, next, newest, time } of pages) {
    for (const row of rows) join.add(row);
    if (next >= newest) join.passed(time);
  }
}
