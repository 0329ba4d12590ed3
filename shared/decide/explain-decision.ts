import type { BriefExplanation, PredictResponse, RankResponse } from "../contract/calls.ts";
import type { DecisionRecord } from "../contract/record.ts";
import { briefExplanation } from "../heads/brief-explanation.ts";
import type { Explanation } from "../heads/explanation.ts";
import { type LoadedModel, requireMaker } from "./loaded-model.ts";

type ExplainingModel = Pick<LoadedModel, "spec" | "version" | "snapshot" | "featurizer" | "head">;

/**
 * Which features made the scores of a decision, from its record alone: graph outputs are taken from there. The model must hold the
 * snapshot that decided; the scores then come out as they were logged, bit for bit with a head that is linear.
 * @returns one explanation an action; of a predict decision one.
 * @throws Error when the decision was made by another model, version or snapshot.
 */
export function explainDecision(model: ExplainingModel, record: DecisionRecord): Explanation[] {
  requireMaker(model, record);
  const { featurizer, head } = model;
  const decision = featurizer.hash({ ...record, actions: record.task === "rank" ? record.actions : [] }, true);
  return Array.from({ length: decision.count }, (_, action) => head.explain(decision, action));
}

/**
 * The answer to a rank call, with an explanation of every action's score.
 * @param most contributions that each names; undefined: no explanation was asked for.
 * @returns the response as it is when none was asked for, or the model is not the snapshot that decided.
 */
export function explainRanking(
  model: ExplainingModel,
  record: Extract<DecisionRecord, { task: "rank" }>,
  response: RankResponse,
  most: number | undefined,
): RankResponse {
  if (most === undefined || !madeBy(model, record)) return response;
  const explanations = brief(model, record, most);
  const byId = new Map(record.actions.map(({ id }, i) => [id, explanations[i]!]));
  return { ...response, ranking: response.ranking.map((item) => ({ ...item, explanation: byId.get(item.id)! })) };
}

/** As `explainRanking`, of a predict call. */
export function explainPrediction(
  model: ExplainingModel,
  record: Extract<DecisionRecord, { task: "predict" }>,
  response: PredictResponse,
  most: number | undefined,
): PredictResponse {
  if (most === undefined || !madeBy(model, record)) return response;
  return { ...response, explanation: brief(model, record, most)[0]! };
}

const madeBy = ({ version, snapshot }: ExplainingModel, record: DecisionRecord): boolean =>
  record.version === version && record.snapshot === snapshot.number;

const brief = (model: ExplainingModel, record: DecisionRecord, most: number): BriefExplanation[] =>
  explainDecision(model, record).map((explanation) => briefExplanation(explanation, most));
