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
import type { ModelSpec } from "../contract/spec.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { FeatureBudget } from "../features/feature-limit.ts";
import type { CountedDecision } from "../features/hashed-decision.ts";
import type { Matches } from "../features/matching.ts";
import type { Graph, GraphOutputs } from "../heads/graph.ts";
import { applyLink } from "../heads/link.ts";
import { committeeOf, decidingPolicy } from "../policies/policy-of.ts";
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
/** A validated rank call. */
export type RankCall = PredictCall & {
  actions: readonly Action[];
  /** Whether nobody ever changes this list and its actions: what was made of them need not be made again. */
  settled?: boolean | undefined;
  /** What of the session's events they match, where the spec asks for it. */
  matches?: Matches | undefined;
};

/** What deciding needs of a loaded model: its graph has run before (run-graph.ts). */
export type DecidingModel = Omit<LoadedModel, "graph"> & { readonly graph: Pick<Graph, "runtime"> | null };

/**
 * Decides a rank call: features, head, policy, sample. A pure function, and a synchronous one.
 * @param graph what the graph gave for this call (`runGraph`); null: the head decides alone.
 * @param budget what features may come of the call; of several slots they share one.
 * @throws Error when the task is not rank, or there are no actions.
 * @throws TooManyFeatures before any time or memory was spent on them.
 * @example decideRank(model, call, await runGraph(model, call))
 */
export function decideRank(
  model: DecidingModel,
  call: RankCall,
  graph: GraphOutputs | null,
  budget = new FeatureBudget(),
): RankDecision {
  const { spec, snapshot } = model;
  requireTask(spec, "rank");
  if (call.actions.length === 0) throw new Error(`decision ${call.id} has no actions to choose from`);
  const actions = call.settled ? (call.actions as Action[]) : [...call.actions];
  const hashed = model.featurizer.hashInPlace({ ...call, actions, graph });
  const { head } = model;
  const known = call.settled ? hashed.made : undefined;
  let made = known?.get(actions);
  if (made?.model !== model) {
    const policy = decidingPolicy(spec.policy);
    takeFeatures(model, hashed, budget);
    const widths = head.width && new Float64Array(actions.length);
    const scores = Array.from(head.score(hashed, widths));
    const beliefs = {
      scores,
      widths,
      committee: head.votes?.(hashed),
      deviations: policy.needsDeviations ? head.deviations?.(hashed) : undefined,
    };
    const probabilities = Array.from(policy.distribution(spec.policy, beliefs, snapshot));
    made = { model, scores, probabilities };
    known?.set(actions, made);
  }
  const { scores, probabilities } = made;
  const chosen = sample(call.id, probabilities);
  const { matches } = call;
  return {
    ...recordBase(model, call, graph),
    task: "rank",
    actions,
    ...(matches && { matches }),
    scores,
    probabilities,
    chosen,
  };
}

/**
 * Decides a predict call, as `decideRank`.
 * @throws Error when the task is not predict.
 * @throws TooManyFeatures
 */
export function decidePredict(
  model: DecidingModel,
  call: PredictCall,
  graph: GraphOutputs | null,
  budget = new FeatureBudget(),
): PredictDecision {
  const { spec, snapshot } = model;
  requireTask(spec, "predict");
  const hashed = model.featurizer.hashInPlace({ ...call, actions: [], graph });
  takeFeatures(model, hashed, budget);
  const score = model.head.score(hashed)[0]!;
  return { ...recordBase(model, call, graph), task: "predict", score, value: applyLink(snapshot.link, score) };
}

/** Decides a call of the model's task, whichever it is. @throws as `decideRank` and `decidePredict`. */
export function decide(
  model: DecidingModel,
  call: PredictCall & Partial<RankCall>,
  graph: GraphOutputs | null,
  budget?: FeatureBudget,
): DecisionRecord {
  if (model.spec.task.type === "predict") return decidePredict(model, call, graph, budget);
  return decideRank(model, { ...call, actions: call.actions ?? [] }, graph, budget);
}

function requireTask({ name, task: { type } }: ModelSpec, task: ModelSpec["task"]["type"]): void {
  if (type !== task) throw new Error(`${name} is a ${type} model: it cannot ${task}`);
}

/** Takes what scoring a decision looks at: the scores, the votes of each head, the deviations. */
function takeFeatures({ spec, head }: DecidingModel, hashed: CountedDecision, budget: FeatureBudget): void {
  const passes = 1 + (committeeOf(spec.policy)?.heads ?? 0) + Number(decidingPolicy(spec.policy).needsDeviations ?? 0);
  budget.take(spec, hashed, passes, (counts) => head.contributions?.(counts) ?? counts.all);
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
  const { id, computedBy } = decision;
  return { id, model: modelLabel(decision), computedBy, chosen: actions[chosen]!.id, ranking };
}

/** What a caller is told of a predict decision. */
export const predictResponse = (decision: PredictDecision): PredictResponse => ({
  id: decision.id,
  model: modelLabel(decision),
  computedBy: decision.computedBy,
  value: decision.value,
});

export type RecordBase = Omit<PredictDecision, "task" | "score" | "value">;

/** What of a record does not depend on its task. */
export function recordBase(
  model: {
    spec: Pick<ModelSpec, "name">;
    version: number;
    snapshot: { number: number };
    graph: DecidingModel["graph"];
  },
  call: PredictCall,
  graph: RecordBase["graph"],
): RecordBase {
  const { spec, version, snapshot } = model;
  const { id, unit, session, at, context, sessionFeatures, profileFeatures, place } = call;
  const { assignment = null, deferred = false } = call;
  return {
    format: RECORD_FORMAT,
    id,
    model: spec.name,
    version,
    snapshot: snapshot.number,
    unit,
    ...(session === undefined ? {} : { session }),
    at,
    computedBy: { place, runtime: graph === null ? "native" : (model.graph?.runtime ?? "wasm") },
    assignment,
    deferred,
    context,
    sessionFeatures,
    profileFeatures,
    graph,
  };
}
