import { type Explanation, explain } from "../scoring/explain.ts";
import type { DecisionRecord } from "../spec/record.ts";
import { type LoadedModel, modelLabel } from "./loaded-model.ts";

/**
 * Which features made the scores of a decision, from its record alone: graph outputs are taken from there. The model must hold the
 * snapshot that decided; the scores then come out as they were logged, bit for bit with a linear head.
 * @returns one explanation an action; of a predict decision one.
 * @throws Error when the decision was made by another model, version or snapshot.
 */
export function explainDecision(
  { spec, version, snapshot, featurizer }: Pick<LoadedModel, "spec" | "version" | "snapshot" | "featurizer">,
  record: DecisionRecord,
): Explanation[] {
  const [made, held] = [modelLabel(record), modelLabel({ model: spec.name, version, snapshot: snapshot.number })];
  if (made !== held) throw new Error(`decision ${record.id} is of ${made}, the model is ${held}`);
  const decision = featurizer.hash({ ...record, actions: record.task === "rank" ? record.actions : [] }, true);
  return Array.from({ length: decision.count }, (_, action) => explain(snapshot, decision, action));
}
