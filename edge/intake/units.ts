import type { LogRow } from "../../shared/contract/log-page.ts";
import type { Env } from "../env.ts";
import { type DeadLetter, partitionNames } from "../log/messages.ts";
import { ERASURE_PERIOD } from "../registry/limits.ts";
import type { RegisteredErasure, RegistryCalls } from "../registry/messages.ts";
import { ERASURES_FULL_RETRY, UNIT_CALLS } from "./limits.ts";
import { askPartition } from "./partition-calls.ts";
import { fieldProblem, spread } from "./problem.ts";

/** Everything of a unit, as callers ask for it, and have it erased: the registry sees to that. */

type Of<T> = T & { partition: string };
type Records = { rows: Of<LogRow>[]; letters: Of<DeadLetter>[]; next: string | null };

/** Records of a unit. @param after `<partition>:<offset>:<letter>`, as `next` of the page before; null: from the beginning. */
export async function unitRecords(env: Env, unit: string, after: string | null, limit: number): Promise<Records> {
  const partitions = partitionNames(env.PARTITIONS).length;
  let [partition, offset, letter] = (after ?? "0:0:0").split(":").map(Number) as [number, number, number];
  const records: Records = { rows: [], letters: [], next: null };
  for (let calls = 0; partition < partitions; calls++) {
    if (calls === UNIT_CALLS || records.rows.length >= limit)
      return { ...records, next: `${partition}:${offset}:${letter}` };
    const name = String(partition);
    const ask = { unit, after: offset, letters: letter, limit: limit - records.rows.length };
    const page = await askPartition(env, name, (stub) => stub.unit(ask));
    records.rows.push(...page.rows.map((row) => ({ ...row, partition: name })));
    records.letters.push(...page.letters.map((found) => ({ ...found, partition: name })));
    if (page.next) ({ after: offset, letters: letter } = page.next);
    else [partition, offset, letter] = [partition + 1, 0, 0];
  }
  return records;
}

/** @throws ProblemError 429 when too many are to be erased already. */
export async function eraseUnit(env: Env, unit: string) {
  const outcome = await registry(env).erase(unit);
  if ("full" in outcome)
    throw fieldProblem(429, "path.unit", `must wait: ${outcome.full} units are to be erased first`, {
      "retry-after": String(spread(ERASURES_FULL_RETRY)),
    });
  return told(env, outcome.ok);
}

export const erasures = async (env: Env) => (await registry(env).erasures()).map((erasure) => told(env, erasure));

/** @throws ProblemError 404 when there is none of the id, or it was done long ago. */
export async function erasureOf(env: Env, id: string) {
  const erasure = await registry(env).erasure(id);
  if (!erasure) throw fieldProblem(404, "path.erasure", "is not the id of an erasure");
  return told(env, erasure);
}

function told({ SNAPSHOT_DAYS }: Env, erasure: RegisteredErasure) {
  const { requestedAt, doneAt } = erasure;
  return {
    ...erasure,
    dueAt: requestedAt + ERASURE_PERIOD,
    snapshotsAt: doneAt && doneAt + Number(SNAPSHOT_DAYS) * 24 * 3_600_000,
  };
}

const registry = (env: Env): DurableObjectStub<RegistryCalls> => env.REGISTRY.getByName("registry");
