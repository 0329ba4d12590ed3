import type { SnapshotData } from "../artifact/snapshot.ts";
import type { WrittenHeader } from "../artifact/snapshot-header.ts";

/** What is in the header of the snapshot. */
export function headerOf({ weights: _, beside, ...rest }: SnapshotData): WrittenHeader {
  return { ...rest, head: beside ? { tag: beside.tag, number: beside.number } : null };
}
