import type { SnapshotData } from "../artifact/snapshot.ts";
import type { HeadNumber } from "../artifact/snapshot-header.ts";
import type { Range } from "../artifact/sparse-table.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { FeatureCounts } from "../features/feature-counts.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import type { Contribution, ExplainedFeatures } from "./explanation.ts";

/** Scores the actions of a decision with what was learned. */
export interface Head {
  /**
   * One score an action, in order: higher is better (rank), or the prediction before the link (predict).
   * @param widths is filled with the width of each action's score, where the head knows it.
   */
  score(decision: HashedDecision, widths?: Float64Array): Float64Array;
  /** Where it is known what a score may be wrong by: that of an action with these features, in units of what rewards scatter by. */
  readonly width?: ((x: FeatureBuffer) => number) | undefined;
  /** One for each index. */
  readonly weights: Float32Array;
  /**
   * What makes a score, where that is more than weights times values, or more is known of these.
   * @param contributions those of the weights, in the order in which the head adds them. @param x the features that they are of.
   */
  explain?(contributions: readonly Contribution[], x: ExplainedFeatures): Contribution[];
  /** How many contributions the explanation of an action has; one a feature, where it is not given. */
  contributions?(counts: FeatureCounts): number;
  /** Where several heads vote: the scores by each. */
  votes?(decision: HashedDecision): Float64Array[];
  /** Where it is known how unsure each score is: its standard deviation. */
  deviations?(decision: HashedDecision): Float64Array;
}

/** Numbers that each index has in a table: one, if `each` is not given. */
type TableLayout = { name: string; each?: number; ranges?: readonly (Range | null)[] };

/** What the file of a head says of it. Each is one file, and stands in the list, heads.ts. */
export interface HeadKind {
  /** By which number in a snapshot's header the head is known; without one it has the weights alone. */
  readonly number?: HeadNumber;
  /** The tables that such a head has beside the weights, in the order of the bytes. */
  tables(number: number): readonly TableLayout[];
  /**
   * Whether it scores models of such a spec.
   * @returns which number their snapshots have; null: any; undefined: another head scores them.
   */
  numberFor(spec: Pick<ModelSpec, "task" | "policy" | "learner">): number | null | undefined;
  /** False where more than the weights makes the scores. */
  readonly scoresByWeights?: false;
  /** What it has, in words: "3 heads that vote". */
  text(number: number): string;
  /**
   * @param snapshot of this head; its tables are read, not copied.
   * @throws RangeError when a table has another length than bits and number ask for: indices would point outside.
   */
  make(snapshot: HeadSnapshot): Head;
}

/** What of a snapshot a head is made of. */
export type HeadSnapshot = Pick<SnapshotData, "bits" | "weights" | "beside">;

/** @throws RangeError when a table has not `each` numbers for each of 2^bits indices. */
export function requireLength(table: Float32Array, bits: number, each: number, name: string): void {
  if (table.length !== each * 2 ** bits)
    throw new RangeError(`a head of ${bits} bits has ${each * 2 ** bits} ${name}, not ${table.length}`);
}
