import type { SnapshotData } from "../artifact/snapshot.ts";
import type { HeadNumber } from "../artifact/snapshot-header.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { Head, HeadKind, HeadSnapshot } from "./head.ts";
import { linear } from "./linear.ts";
import { widths } from "./widths.ts";

/**
 * The heads that this program has; of a spec the first that says so scores. The linear one is the last, as it scores whatever no other does. Edge and command line
 * have them all (all-heads.ts); a page adds others when a model of its own has one.
 */
const known: HeadKind[] = [widths, linear];

/** @param heads in the order in which they are asked. */
export function addHeads(heads: readonly HeadKind[]): void {
  known.unshift(...heads.filter((kind) => !known.includes(kind)));
}

/** Their numbers in the headers of snapshots. */
export const headNumbers = (): HeadNumber[] => known.flatMap(({ number }) => number ?? []);

/** @throws Error when there is no such head in this release. */
export function headKind(tag: string | undefined): HeadKind {
  const kind = known.find(({ number }) => number?.tag === tag);
  if (kind === undefined) throw new Error(`this release knows no head that has ${tag}`);
  return kind;
}

/** The head that scores with a snapshot. @throws as `HeadKind.make`. */
export const headOf = (snapshot: HeadSnapshot): Head => headKind(snapshot.beside?.tag).make(snapshot);

/** @throws Error when the snapshot is of another head than models of this spec have. */
export function requireHead(spec: ModelSpec, { beside }: SnapshotData): void {
  const found = headKind(beside?.tag);
  const needed = known.find((kind) => kind.numberFor(spec) !== undefined)!;
  // As snapshots of before were.
  if (!beside && needed === widths) return;
  const has = beside?.number ?? 0;
  const number = needed.numberFor(spec) ?? has;
  if (found !== needed || number !== has)
    throw new Error(`the snapshot has ${found.text(has)}, the spec of ${spec.name} asks for ${needed.text(number)}`);
}
