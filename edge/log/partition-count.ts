import type { Env } from "../env.ts";
import { partitionNames, partitionsChanged } from "./messages.ts";
import { partitionOf } from "./route.ts";

/** How many rows of a log that does not say of how many partitions it is are looked at. */
const SAMPLE = 200;

/**
 * Of how many partitions the log is. The number decides where an id belongs, so it must never change while there is a log: what is sent
 * again would be taken for new by another partition, and feedback would not find its decision. Each partition keeps the number that it began with; a new one
 * asks partition 0, so that none is begun beside those there are.
 *
 * @returns what is wrong with the setting, or null.
 */
export async function checkPartitionCount(sql: SqlStorage, name: string, env: Env): Promise<string | null> {
  const set = partitionNames(env.PARTITIONS).length;
  const begun = keptCount(sql) ?? (await firstCount(sql, name, env, set));
  return begun === set ? null : partitionsChanged(set, begun);
}

/** The number that a partition keeps; null before it has begun. */
export function keptCount(sql: SqlStorage): number | null {
  const [row] = sql.exec<{ n: number }>("SELECT n FROM partition_count");
  return row?.n ?? null;
}

/** Finds the number of a partition that keeps none, and keeps it where it is the one that is set. Null: another that is not known. */
async function firstCount(sql: SqlStorage, name: string, env: Env, set: number): Promise<number | null> {
  const begun = name === "0" ? ownCount(sql, name, set) : await env.PARTITION.getByName("0").partitionCount();
  if (begun === set) sql.exec("INSERT OR IGNORE INTO partition_count VALUES (1, ?)", set);
  return begun;
}

/** The number that is set, unless there is a log from before the number was kept, with ids that do not belong here by it. */
function ownCount(sql: SqlStorage, name: string, set: number): number | null {
  const ids = sql.exec<{ id: string }>(
    "SELECT id FROM log WHERE kind = 'decision' ORDER BY offset DESC LIMIT ?",
    SAMPLE,
  );
  return ids.toArray().every(({ id }) => partitionOf(id, set) === name) ? set : null;
}
