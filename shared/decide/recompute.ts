import type { DecisionRecord, PredictDecision, RankDecision } from "../contract/record.ts";
import type { FeatureBudget } from "../features/feature-limit.ts";
import { type DecidingModel, decide } from "./decide.ts";
import { requireMaker } from "./require-maker.ts";

/** What a record says of a decision that recomputing it must say again. */
const CLAIMS = {
  rank: ["scores", "probabilities", "chosen"] satisfies (keyof RankDecision)[],
  predict: ["score", "value"] satisfies (keyof PredictDecision)[],
} as const;

/** A field of a record that recomputing can find to be otherwise. */
export type Claim = (typeof CLAIMS)[keyof typeof CLAIMS][number];

type Claims = Partial<Record<Claim, number | readonly number[]>>;

/**
 * Decides a decision of the past again, from its record alone and by the code that made it: scores, probabilities and choice come out
 * bit for bit as they were, also after the record went through JSON. Graph outputs are taken from the record, because graphs do not
 * compute the same bits everywhere: whether they are right, only who runs the graph can say, within a tolerance.
 * @param record as it was logged, or claimed.
 * @param model at the snapshot that decided.
 * @param budget what features may come of it; left out: what may come of a call.
 * @returns the decision as it should be, and the fields in which the record says otherwise: none of an honest one.
 * @throws Error when the record is of another model, version, snapshot or task.
 * @example recompute(record, model).disagreements // [], or ["probabilities", "chosen"]
 */
export function recompute(
  record: DecisionRecord,
  model: DecidingModel,
  budget?: FeatureBudget,
): { decision: DecisionRecord; disagreements: Claim[] } {
  const { spec } = model;
  requireMaker(model, record);
  if (record.task !== spec.task.type)
    throw new Error(`decision ${record.id} is a ${record.task} decision, ${spec.name} is a ${spec.task.type} model`);
  const decision = decide(model, { ...record, place: record.computedBy.place }, record.graph, budget);
  const said: Claims = record;
  const right: Claims = decision;
  return { decision, disagreements: CLAIMS[record.task].filter((claim) => !equal(said[claim]!, right[claim]!)) };
}

/** 0 and -0 are equal, as JSON does not tell them apart. */
function equal(a: number | readonly number[], b: number | readonly number[]): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b;
  return a.length === b.length && a.every((x, i) => x === b[i]);
}
