import { checkGraph, type Graph } from "../heads/graph.ts";
import type { LoadedModel } from "./loaded-model.ts";

/**
 * The same model with its graph, once that is loaded.
 * @throws Error when the graph has inputs that no feature provides.
 */
export function withGraph(model: LoadedModel, graph: Graph): LoadedModel {
  checkGraph(model.spec, graph);
  return { ...model, graph };
}
