import { callFeature } from "../features/call.ts";
import { addOtherOperators } from "../features/other-operators.ts";
import type { Graph, GraphOutputs, GraphValues } from "../heads/graph.ts";
import type { PredictCall, RankCall } from "./decide.ts";
import { graphInputsBy } from "./graph-inputs.ts";
import type { LoadedModel } from "./loaded-model.ts";

addOtherOperators();

/** Is told why the graph failed. The head then decides alone, unless this throws. */
export type GraphFailed = (error: unknown) => void;

/** What running the graph needs of a loaded model; of the graph only that it runs. */
export type GraphModel = Pick<LoadedModel, "spec"> & { readonly graph: Pick<Graph, "run"> | null };

const rethrow: GraphFailed = (error) => {
  throw error;
};

/** What the graph of a model takes of a call. */
export const graphInputs = (model: Pick<LoadedModel, "spec">, call: PredictCall | RankCall): GraphValues =>
  graphInputsBy(callFeature, model, call);

/**
 * What the graph says of a call, for deciding it.
 * @returns null while the model has no graph, and when it failed and `failed` can do with that.
 * @throws what the graph throws, and `failed` rethrows, as it does by default.
 */
export async function runGraph(
  model: GraphModel,
  call: PredictCall | RankCall,
  failed: GraphFailed = rethrow,
): Promise<GraphOutputs | null> {
  if (model.graph === null) return null;
  try {
    return await model.graph.run(graphInputs(model, call));
  } catch (error) {
    failed(error);
    return null;
  }
}
