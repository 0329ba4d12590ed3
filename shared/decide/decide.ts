import type { PredictResponse, RankResponse } from "../contract/calls.ts";
import { RECORD_FORMAT } from "../contract/format.ts";
import type {
  Action,
  Assignment,
  ComputedBy,
  DecisionRecord,
  PredictDecision,
  RankDecision,
} from "../contract/record.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { callValues } from "../features/call.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import type { Graph } from "../heads/graph.ts";
import { applyLink } from "../heads/link.ts";
import { distribution } from "../policies/distribution.ts";
import { sample } from "../policies/sample.ts";
import { type LoadedModel, modelLabel } from "./loaded-model.ts";

/** A validated predict call with what its session and profile amount to. */
export type PredictCall = {
  id: string;
  unit: string;
  session?: string | undefined;
  /** Time of the decision, ms since the epoch. */
  at: number;
  context: Properties;
  sessionFeatures: FeatureValues;
  profileFeatures: FeatureValues;
  /** Where it is computed. */
  place: ComputedBy["place"];
  /** How the unit came to the model's version; null where nobody was assigned. */
  assignment?: Assignment | null;
  /** Whether the decision counts only once it is activated. */
  deferred?: boolean;
};
/** What deciding needs of a loaded model. Of the graph it only needs that it runs. */
export type DecidingModel = Omit<LoadedModel, "graph"> & { readonly graph: Pick<Graph, "run"> | null };

/** Is told why the graph failed. The head then decides alone, unless this throws. */
export type GraphFailed = (error: unknown) => void;

const rethrow: GraphFailed = (error) => {
  throw error;
};

/** A validated rank call. */
export type RankCall = PredictCall & { actions: readonly Action[] };

/**
 * Decides a rank call: features, graph (if it is loaded), head, policy, sample. A pure function of model and call.
 * @throws Error when the task is not rank, there are no actions, or `graphFailed` throws, as it does by default.
 */
export async function decideRank(
  model: DecidingModel,
  call: RankCall,
  graphFailed: GraphFailed = rethrow,
): Promise<RankDecision> {
  const { spec, snapshot } = model;
  if (spec.task.type !== "rank") throw new Error(`${spec.name} is a ${spec.task.type} model: it cannot rank`);
  if (call.actions.length === 0) throw new Error(`decision ${call.id} has no actions to choose from`);
  const actions = [...call.actions];
  const { scores, base, hashed } = await score(model, call, actions, graphFailed);
  const { committee, uncertainty } = model;
  const beliefs = {
    scores,
    ...(committee && { committee: committee.map((head) => head.score(hashed)) }),
    ...(uncertainty && spec.policy.type === "thompson" && { deviations: uncertainty.deviations(hashed) }),
  };
  const probabilities = Array.from(distribution(spec.policy, beliefs, snapshot));
  return { ...base, task: "rank", actions, scores, probabilities, chosen: sample(call.id, probabilities) };
}

/**
 * Decides a predict call.
 * @throws Error when the task is not predict, or `graphFailed` throws, as it does by default.
 */
export async function decidePredict(
  model: DecidingModel,
  call: PredictCall,
  graphFailed: GraphFailed = rethrow,
): Promise<PredictDecision> {
  const { spec, snapshot } = model;
  if (spec.task.type !== "predict") throw new Error(`${spec.name} is a ${spec.task.type} model: it cannot predict`);
  const { scores, base } = await score(model, call, [], graphFailed);
  return { ...base, task: "predict", score: scores[0]!, value: applyLink(snapshot.link, scores[0]!) };
}

/** What a caller is told of a rank decision: the chosen action first, then the others by falling score. */
export function rankResponse(decision: RankDecision): RankResponse {
  const { actions, scores, probabilities, chosen } = decision;
  const order = actions.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const ranking = [chosen, ...order.filter((i) => i !== chosen)].map((i) => ({
    id: actions[i]!.id,
    score: scores[i]!,
    probability: probabilities[i]!,
  }));
  return { id: decision.id, model: modelLabel(decision), chosen: actions[chosen]!.id, ranking };
}

/** What a caller is told of a predict decision. */
export const predictResponse = (decision: PredictDecision): PredictResponse => ({
  id: decision.id,
  model: modelLabel(decision),
  value: decision.value,
});

type Base = Omit<Extract<DecisionRecord, { task: "predict" }>, "task" | "score" | "value">;

async function score(
  model: DecidingModel,
  call: PredictCall,
  actions: Action[],
  graphFailed: GraphFailed,
): Promise<{ scores: number[]; base: Base; hashed: HashedDecision }> {
  const { spec, version, snapshot, featurizer, head } = model;
  const { id, unit, session, at, context, sessionFeatures, profileFeatures, place } = call;
  const { assignment = null, deferred = false } = call;
  const graph = await runGraph(model, call, actions).catch((error) => {
    graphFailed(error);
    return null;
  });
  const hashed = featurizer.hash({ at, context, sessionFeatures, profileFeatures, actions, graph });
  const base: Base = {
    format: RECORD_FORMAT,
    id,
    model: spec.name,
    version,
    snapshot: snapshot.number,
    unit,
    ...(session === undefined ? {} : { session }),
    at,
    computedBy: { place, runtime: graph === null ? "native" : model.graphRuntime },
    assignment,
    deferred,
    context,
    sessionFeatures,
    profileFeatures,
    graph,
  };
  return { scores: Array.from(head.score(hashed)), base, hashed };
}

async function runGraph(
  { spec, graph }: DecidingModel,
  { at, context, sessionFeatures, profileFeatures }: PredictCall,
  actions: readonly Action[],
): Promise<Record<string, number[]> | null> {
  if (graph === null) return null;
  const { features } = spec;
  return graph.run({
    session: sessionFeatures,
    context: callValues(features.context, context, at),
    profile: profileFeatures,
    actions: actions.length === 0 ? [{}] : actions.map((a) => callValues(features.action, a.features, at)),
  });
}
