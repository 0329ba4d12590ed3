import type { Learned } from "../../shared/contract/publication.ts";
import type { Bound } from "../../shared/versions/contributions.ts";
import type { Position } from "../log/messages.ts";

/** What is known of a checkpoint without its state. */
export type Progress = Learned & {
  newestFeedbackAt: number | null;
  /** How many examples could not be learned. */
  unlearnable: number;
  /** How much feedback came too late to count. */
  late: number;
  /** How much feedback happened in time, and came when its decision had been learned without it. */
  missed: number;
  /** How many rewards were outside the spec's range, and learned as the nearer end of it. */
  clamped: number;
  /** How many examples were passed over because they are not to be learned. */
  excluded: number;
  /** How many were passed over because their hour had enough of their session, unit, network, or of all. */
  bounded: Bounded;
};
export type Bounded = { readonly [bound in Bound]: number };
export const NONE_BOUNDED: Bounded = { session: 0, unit: 0, network: 0, all: 0 };
/** Where in a partition's log the learner is. `newest`: the newest row that is known of; `reached`: whether it has been at the end. */
export type Place = { position: Position; newest: number; reached: boolean };
