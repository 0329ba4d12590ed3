import { callValues, type FeatureOf } from "../features/call-operators.ts";
import type { GraphValues } from "../heads/graph.ts";
import type { PredictCall, RankCall } from "./decide.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** What the graph of a model takes of a call. @param featureOf for operators of context and actions. */
export function graphInputsBy(
  featureOf: FeatureOf,
  { spec: { features } }: Pick<LoadedModel, "spec">,
  call: PredictCall | RankCall,
): GraphValues {
  const { context, sessionFeatures, profileFeatures } = call;
  const actions = "actions" in call ? call.actions : [];
  return {
    session: sessionFeatures,
    context: callValues(featureOf, features.context, context, call),
    profile: profileFeatures,
    actions:
      actions.length === 0
        ? [{}]
        : actions.map((one) => callValues(featureOf, features.action, one.features, call, one.id)),
  };
}
