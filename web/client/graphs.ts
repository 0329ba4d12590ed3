import type { RankDecision } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { PredictCall, RankCall } from "../../shared/decide/decide.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { GraphOutputs } from "../../shared/heads/graph.ts";

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
  /** As decide-slots.ts, in the ms that are left. @internal */
  decideSlots(
    model: LoadedModel,
    left: () => number,
    call: RankCall,
    slots: readonly Properties[] | undefined,
    explained: boolean,
  ): Promise<RankDecision[]>;
  /** As run-graph.ts, in the ms that are left. @internal */
  runGraph(model: LoadedModel, left: () => number, call: PredictCall): Promise<GraphOutputs | null>;
}

/** @example () => import("edgewise/graph") */
export type LoadGraphs = () => Promise<{ default: GraphModule }>;
