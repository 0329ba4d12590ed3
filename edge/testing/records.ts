import type { FeedbackRecord, PredictDecision, RankDecision } from "../../shared/contract/record.ts";
import { sample } from "../../shared/policies/sample.ts";
import { type Append, type IncomingDecision, type IncomingFeedback, NOTHING } from "../log/messages.ts";

/** Records as a page would send them that has the first snapshot of version 1. Times are ms since the epoch. */

export const rankRecord = (model: string, id: string, at: number, device = "phone"): RankDecision => ({
  id,
  model,
  task: "rank",
  version: 1,
  snapshot: 0,
  unit: "visitor",
  at,
  format: 2,
  assignment: null,
  deferred: false,
  computedBy: { place: "browser", runtime: "native" },
  context: { device },
  sessionFeatures: {},
  profileFeatures: {},
  graph: null,
  actions: [
    { id: "a", features: { genre: "drama" } },
    { id: "b", features: { genre: "crime" } },
  ],
  scores: [0, 0],
  probabilities: [0.5, 0.5],
  chosen: sample(id, [0.5, 0.5]),
});

export const predictRecord = (model: string, id: string, at: number): PredictDecision => ({
  id,
  model,
  task: "predict",
  version: 1,
  snapshot: 0,
  unit: "visitor",
  at,
  format: 2,
  assignment: null,
  deferred: false,
  computedBy: { place: "browser", runtime: "native" },
  context: { device: "phone" },
  sessionFeatures: {},
  profileFeatures: {},
  graph: null,
  score: 0,
  value: 0.5,
});

export const incoming = (record: RankDecision | PredictDecision): IncomingDecision => ({
  id: record.id,
  model: record.model,
  unit: record.unit,
  claimedAt: record.at,
  at: record.at,
  deferred: record.deferred,
  body: JSON.stringify(record),
});

export const incomingFeedback = ({
  id,
  value,
  at,
  final,
}: Omit<FeedbackRecord, "format"> & { at: number }): IncomingFeedback => ({
  id,
  value,
  claimedAt: at,
  at,
  final: final ?? false,
});

export const appendOf = (parts: Partial<Append>): Append => ({ ...NOTHING, ...parts });
