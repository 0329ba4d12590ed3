import { graphInputsBy } from "../../shared/decide/graph-inputs.ts";
import { withGraph } from "../../shared/decide/with-graph.ts";
import { vectorFeature } from "../../shared/features/vector-feature.ts";
import { Graph } from "../../shared/heads/graph.ts";
import type { GraphModule } from "./graphs.ts";
import { loadOrt } from "./ort.ts";
import { within } from "./within.ts";

/**
 * What only models with a graph need, loaded with the first of them.
 * @example const client = createClient({ graphs: () => import("edgewise/graph") });
 */
const graphs: GraphModule = {
  runtime: "onnx",
  join: async (served, artifacts, pointer, isClosed) => {
    const ort = await loadOrt(artifacts.endpoint);
    const { value: graph, bytes } = await artifacts.load(pointer, (content) =>
      Graph.load(ort, content, (message) => console.warn(`edgewise: ${served.model}: ${message}`)),
    );
    if (isClosed()) return void graph.release();
    try {
      served.current = withGraph(served.current!, graph);
    } catch (error) {
      graph.release();
      throw error;
    }
    await artifacts.keepGraph(pointer, bytes);
  },
  runGraph: async (model, left, call, featureOf) => {
    const { graph } = model;
    if (!graph) return null;
    try {
      // Vectors are for graphs alone: whoever has none has no operator for them.
      const inputs = graphInputsBy(
        (operator) => (operator.op === "vector" ? vectorFeature(operator) : featureOf(operator)),
        model,
        call,
      );
      const outputs = await within(left(), graph.run(inputs));
      if (outputs) return outputs;
      throw new Error("it took too long");
    } catch (error) {
      console.warn(`edgewise: a decision was made without the graph: ${error}`);
      return null;
    }
  },
};
export default graphs;
