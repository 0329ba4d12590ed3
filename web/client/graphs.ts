import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { PredictCall, RankCall } from "../../shared/decide/decide.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { FeatureOf } from "../../shared/features/call-operators.ts";
import type { GraphOutputs } from "../../shared/heads/graph.ts";
import type { Artifacts } from "./artifacts.ts";
import type { ServedVersion } from "./served-version.ts";

/**
 * What `edgewise/graph` exports. It is no part of the client: whoever has models with a graph hands it over, so that a bundler meets ONNX Runtime only
 * there. It may be a script beside the client's (`/sdk.js`), which has policies and heads of its own: nothing here decides.
 */
export interface GraphModule {
  readonly runtime: "onnx";
  /** Loads a version's graph, and the runtime with the first; it decides with it from then on, unless it is closed meanwhile. @internal */
  join(served: ServedVersion, artifacts: Artifacts, pointer: ArtifactPointer, isClosed: () => boolean): Promise<void>;
  /**
   * What the graph says of a call; null where it says nothing in the ms that are left.
   * @param featureOf the client's operators, which need not be here twice. @internal
   */
  runGraph(
    model: LoadedModel,
    left: () => number,
    call: PredictCall | RankCall,
    featureOf: FeatureOf,
  ): Promise<GraphOutputs | null>;
}

/** @example () => import("edgewise/graph") */
export type LoadGraphs = () => Promise<{ default: GraphModule }>;
