import type { PredictResponse, RankResponse } from "../contract/calls.ts";
import { MAX_EXPLAINED } from "../contract/limits.ts";
import type { DecisionRecord } from "../contract/record.ts";
import { FeatureParts } from "../features/feature-parts.ts";
import { briefExplanation } from "../heads/brief-explanation.ts";
import { explainScore } from "../heads/explain-score.ts";
import type { Explanation } from "../heads/explanation.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { requireMaker } from "./require-maker.ts";

type ExplainingModel = Pick<LoadedModel, "spec" | "version" | "snapshot" | "featurizer" | "head">;

/**
 * Which features made the scores of a decision, from its record alone: graph outputs are taken from there. The model must hold the
 * snapshot that decided; the scores then come out as they were logged, bit for bit with a head that is linear.
 * @returns one explanation an action; of a predict decision one.
 * @throws Error when the decision was made by another model, version or snapshot.
 */
export function explainDecision(model: ExplainingModel, record: DecisionRecord): Explanation[] {
  const { count, explain } = explaining(model, record);
  return Array.from({ length: count }, (_, action) => explain(action));
}

/** As `explainDecision`, of one action at a time: all explanations at once would be objects for every feature of every action. */
function explaining(
  model: ExplainingModel,
  record: DecisionRecord,
): { count: number; explain: (action: number) => Explanation } {
  requireMaker(model, record);
  const { featurizer, head } = model;
  const decision = featurizer.hash(
    { ...record, actions: record.task === "rank" ? record.actions : [] },
    new FeatureParts(),
  );
  return { count: decision.count, explain: (action) => explainScore(head, decision, action) };
}

/**
 * The answer to a rank call, with an explanation of the score of each of the first MAX_EXPLAINED of the ranking: what is shown.
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
  const { explain } = explaining(model, record);
  const indices = new Map(record.actions.map(({ id }, i) => [id, i]));
  const ranking = response.ranking.map((item, place) =>
    place < MAX_EXPLAINED ? { ...item, explanation: briefExplanation(explain(indices.get(item.id)!), most) } : item,
  );
  return { ...response, ranking };
}

/** As `explainRanking`, of a predict call. */
export function explainPrediction(
  model: ExplainingModel,
  record: Extract<DecisionRecord, { task: "predict" }>,
  response: PredictResponse,
  most: number | undefined,
): PredictResponse {
  if (most === undefined || !madeBy(model, record)) return response;
  return { ...response, explanation: briefExplanation(explaining(model, record).explain(0), most) };
}

const madeBy = ({ version, snapshot }: ExplainingModel, record: DecisionRecord): boolean =>
  record.version === version && record.snapshot === snapshot.number;
