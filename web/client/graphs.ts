/**
 * What `edgewise/graph` exports. It is no part of the client: whoever has models with a graph hands it over, so that a bundler meets ONNX Runtime only
 * there.
 */
export interface GraphModule {
  readonly runtime: "onnx";
  /** @internal */
  readonly Graph: typeof import("../../shared/heads/graph.ts").Graph;
  /** @internal */
  readonly withGraph: typeof import("../../shared/decide/with-graph.ts").withGraph;
  /** @internal */
  readonly loadOrt: typeof import("./ort.ts").loadOrt;
}

/** @example () => import("edgewise/graph") */
export type LoadGraphs = () => Promise<{ default: GraphModule }>;
