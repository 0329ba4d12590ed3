import type { Context } from "hono";
import type { z } from "zod";
import type { GraphFailed, PredictCall } from "../shared/decision/decide.ts";
import type { LoadedModel } from "../shared/decision/loaded-model.ts";
import type { DecisionRecord, predictRequest } from "../shared/spec/record.ts";
import type { AppEnv } from "./app-env.ts";
import { callFeatures } from "./call-features.ts";
import type { Deployment } from "./deployments.ts";
import { graphFailed } from "./graphs.ts";
import { logDecisions, newDecisionId } from "./log-decision.ts";
import { currentModel } from "./model-cache.ts";
import { serverTiming } from "./server-timing.ts";

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
