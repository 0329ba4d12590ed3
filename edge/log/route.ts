import { murmur3 } from "../../shared/math/murmur3.ts";

/**
 * Name of the partition that a decision and its feedback belong to (DESIGN, rule 5): the part of the id before the first
 * dot is hashed, so a session's decisions lie together and feedback finds its way by id alone.
 */
export function partitionOf(decisionId: string, partitions: number): string {
  const dot = decisionId.indexOf(".");
  return String(murmur3(dot < 0 ? decisionId : decisionId.slice(0, dot), 0) % partitions);
}
