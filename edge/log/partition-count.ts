import type { Env } from "../env.ts";
import { writeOutput } from "../observe/output.ts";
import { type PartitionCount, partitionNames, partitionsChanged } from "./messages.ts";
import { partitionOf } from "./route.ts";

/** How many rows of a log that does not say of how many partitions it is are looked at. */
const SAMPLE = 200;

/**
 * Of how many partitions the log is. The number decides where an id belongs, so while there is a log it can only be doubled, once or several times: then what a
 * partition had is divided between it and one new partition, and each finds by the log which sessions are whose (owners.ts). Each partition keeps the number; a
 * new one asks partition 0, so that none is begun beside those there are.
 *
 * @returns what is wrong with the setting, or null.
 */
export async function checkPartitionCount(sql: SqlStorage, name: string, env: Env): Promise<string | null> {
  const set = partitionNames(env.PARTITIONS).length;
  if (Number(name) >= set) return `there is no partition ${name}: PARTITIONS is ${set}`;
  const count = keptCount(sql) ?? (await firstCount(sql, name, env, set));
  if (count === null) return partitionsChanged(set, null);
  if (!canBecome(count.now, set)) return partitionsChanged(set, count.now);
  if (keptCount(sql) === null)
    sql.exec("INSERT INTO partition_count (one, n, begun) VALUES (1, ?, ?)", set, count.begun);
  else raiseCount(sql, name, set);
  return null;
}

/** Takes over that the log is of more partitions than this one knew. From then on it begins no session that is at home in another one. */
export function raiseCount(sql: SqlStorage, name: string, to: number): void {
  const { now } = keptCount(sql)!;
  if (to <= now) return;
  if (!canBecome(now, to)) throw new Error(partitionsChanged(to, now));
  sql.exec("UPDATE partition_count SET begun = ifnull(begun, n), n = ?", to);
  writeOutput("info", "the log is split: a partition begins only the sessions that are still its own", {
    partition: name,
    before: now,
    partitions: to,
  });
}

/** The numbers that a partition keeps; null before it has begun. */
export function keptCount(sql: SqlStorage): PartitionCount | null {
  const [row] = sql.exec<PartitionCount>("SELECT ifnull(begun, n) AS begun, n AS now FROM partition_count");
  return row ?? null;
}

/** Whether partitions can be split so that there are so many. */
const canBecome = (now: number, set: number): boolean => set >= now && Number.isInteger(Math.log2(set / now));

/** The numbers of a partition that keeps none. Null: they are not known, and not what is set. */
async function firstCount(sql: SqlStorage, name: string, env: Env, set: number): Promise<PartitionCount | null> {
  if (name !== "0") return env.PARTITION.getByName("0").partitionCount();
  return ownIdsBelong(sql, name, set) ? { begun: set, now: set } : null;
}

/** Whether by the number that is set the ids belong here that a log has from before the number was kept. */
function ownIdsBelong(sql: SqlStorage, name: string, set: number): boolean {
  const ids = sql.exec<{ id: string }>(
    "SELECT id FROM log WHERE kind = 'decision' ORDER BY offset DESC LIMIT ?",
    SAMPLE,
  );
  return ids.toArray().every(({ id }) => partitionOf(id, set) === name);
}
