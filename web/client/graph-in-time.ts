import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { GraphModel } from "../../shared/decide/run-graph.ts";
import type { GraphValues } from "../../shared/heads/graph.ts";
import { within } from "./within.ts";

/** A model whose graph is left out of a decision that it would hold up. @param left ms that there are for it. */
export function graphInTime(loaded: LoadedModel, left: () => number): GraphModel {
  const { graph } = loaded;
  if (!graph) return loaded;
  const run = async (values: GraphValues) => {
    const outputs = await within(left(), graph.run(values));
    if (!outputs) throw new Error("it took longer than rank may (timeout)");
    return outputs;
  };
  return { ...loaded, graph: { run } };
}

export const graphFailed = (error: unknown): void =>
  console.warn(`edgewise: a decision was made without the graph: ${error}`);
