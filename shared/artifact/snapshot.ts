import type { SnapshotHeader } from "./snapshot-header.ts";

/** What a version had learned at one point of the log: all that scoring needs beside the spec. */
export type SnapshotData = SnapshotHeader & {
  /** 2^bits weights: what is said of an action's worth, as far as it is linear. */
  weights: Float32Array;
  /** What the head that scores with it (heads/heads.ts) has beside them; none of a linear head. */
  beside?: Beside;
  /** Of rank models: the width of the range of rewards, with `auto` of what they scatter by, above 0; 1 when it is left out. */
  rewardRange?: number;
};

/** What a head has beside the weights. */
export type Beside = {
  /** Tag of the head, which is the name of its number in the header: `rank`, `heads`, `unseen`. */
  tag: string;
  number: number;
  /** Numbers of the indices, as the head lays them out. */
  tables: readonly Float32Array[];
};
