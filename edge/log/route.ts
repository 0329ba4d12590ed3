import { sessionOf } from "../../shared/contract/issued-session.ts";
import { murmur3 } from "../../shared/math/murmur3.ts";

/**
 * Name of the partition that a decision and its feedback belong to (DESIGN, rule 5): the part of the id before the first
 * dot is hashed, so a session's decisions lie together and feedback finds its way by id alone.
 */
export function partitionOf(decisionId: string, partitions: number): string {
  return String(murmur3(sessionOf(decisionId), 0) % partitions);
}

/**
 * The partition that had what is now a partition's, before the log was split: with twice as many partitions, n and n + (half) share what n had. Null: nobody,
 * the log was begun with it.
 * @param begun with how many partitions the log was begun.
 */
export function parentOf(name: string, begun: number): string | null {
  const number = Number(name);
  if (!(number >= begun)) return null;
  let half = begun;
  while (half * 2 <= number) half *= 2;
  return String(number - half);
}
