import { runGraph } from "../../shared/decide/run-graph.ts";
import { withGraph } from "../../shared/decide/with-graph.ts";
import { Graph } from "../../shared/heads/graph.ts";
import { graphFailed, graphInTime } from "./graph-in-time.ts";
import type { GraphModule } from "./graphs.ts";
import { loadOrt } from "./ort.ts";

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
      served.join(withGraph(served.current!, graph));
    } catch (error) {
      graph.release();
      throw error;
    }
    await artifacts.keepGraph(pointer, bytes);
  },
  runGraph: (model, left, call) => runGraph(graphInTime(model, left), call, graphFailed),
};
export default graphs;
