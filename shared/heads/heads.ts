import type { SnapshotData } from "../artifact/snapshot.ts";
import type { HeadNumber } from "../artifact/snapshot-header.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { bayesian } from "./bayesian.ts";
import { committee } from "./committee.ts";
import { factorised } from "./factorised.ts";
import type { Head, HeadKind, HeadSnapshot } from "./head.ts";
import { linear } from "./linear.ts";

/**
 * All heads there are; of a spec the first that says so scores. A new one is its file, a line here, and its test. They are a few hundred
 * bytes each, so they are not loaded one by one.
 */
const heads: readonly HeadKind[] = [committee, factorised, bayesian, linear];

/** Their numbers in the headers of snapshots. */
export const headNumbers: readonly HeadNumber[] = heads.flatMap(({ number }) => number ?? []);

/** @throws Error when this release has no such head. */
export function headKind(tag: string | null): HeadKind {
  const kind = heads.find(({ number }) => (number?.tag ?? null) === tag);
  if (kind === undefined) throw new Error(`this release knows no head that has ${tag}`);
  return kind;
}

/** The head that scores with a snapshot. @throws as `HeadKind.make`. */
export const headOf = (snapshot: HeadSnapshot): Head => headKind(snapshot.beside?.tag ?? null).make(snapshot);

/** @throws Error when the snapshot is of another head than models of this spec have. */
export function requireHead(spec: ModelSpec, { beside }: SnapshotData): void {
  const found = headKind(beside?.tag ?? null);
  const needed = heads.find((kind) => kind.numberFor(spec) !== undefined)!;
  const [has, number] = [beside?.number ?? 0, needed.numberFor(spec) ?? null];
  if (found !== needed || (number !== null && number !== has))
    throw new Error(
      `the snapshot has ${found.text(has)}, the spec of ${spec.name} asks for ${needed.text(number ?? 0)}`,
    );
}
