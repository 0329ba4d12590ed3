import type { Context } from "hono";
import type { z } from "zod";
import type { predictRequest } from "../../shared/contract/calls.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import type { PredictCall } from "../../shared/decide/decide.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { GraphFailed } from "../../shared/decide/run-graph.ts";
import type { AppEnv } from "../http/app-env.ts";
import { serverTiming } from "../http/server-timing.ts";
import { graphFailed } from "../ort/graphs.ts";
import type { Deployment } from "../registry/deployments.ts";
import { callFeatures } from "./call-features.ts";
import { logDecisions, newDecisionId } from "./log-decision.ts";
import { currentModel } from "./model-cache.ts";

/**
 * Decides with the model in memory, and logs the decisions before anybody hears of them.
 * @returns the model, the decisions that are in the log, and headers that say how long it took.
 * @throws ProblemError 409 when the id belongs to a decision of another model.
 */
export async function decideAtEdge<D extends DecisionRecord>(
  { env, executionCtx }: Pick<Context<AppEnv>, "env" | "executionCtx">,
  deployment: Deployment,
  { id, unit, session, context, events }: z.output<typeof predictRequest>,
  decide: (model: LoadedModel, call: PredictCall, failed: GraphFailed) => Promise<D[]>,
): Promise<{ model: LoadedModel; decisions: D[]; headers: Record<string, string> }> {
  const { spec } = deployment;
  const model = await currentModel(env, executionCtx, deployment);
  const at = Date.now();
  const started = performance.now();
  const call: PredictCall = {
    id: id ?? newDecisionId(session),
    unit,
    ...(session !== undefined && { session }),
    at,
    context,
    ...callFeatures(spec, events, at),
    place: "edge",
  };
  const made = await decide(model, call, (error) => graphFailed(spec, error));
  const scored = performance.now();
  const decisions = await logDecisions(env, made);
  return { model, decisions, headers: serverTiming({ score: scored - started, log: performance.now() - scored }) };
}
