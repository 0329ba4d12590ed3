import type { z } from "zod";
import type { predictRequest } from "../../shared/contract/calls.ts";
import type { Action, DecisionRecord } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { PredictCall, RankCall } from "../../shared/decide/decide.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { GraphFailed } from "../../shared/decide/run-graph.ts";
import { TooManyFeatures } from "../../shared/features/feature-limit.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { SCORE_DURATION } from "../observe/families.ts";
import { counts } from "../observe/isolate-reports.ts";
import { type Carrier, Span } from "../observe/span.ts";
import { decisionIdOf } from "./belonging.ts";
import { callFeatures } from "./call-features.ts";
import type { Caller } from "./caller.ts";
import { logDecisions } from "./log-decision.ts";
import { LoggedProperties } from "./logged-properties.ts";
import { fieldProblem, ProblemError } from "./problem.ts";
import { requireModel, servingVersion } from "./served-models.ts";

/** Whose call it is, and what for. `withSlots`: whether it fills slots. */
type Asked = {
  caller: Caller;
  env: Env;
  background: Background;
  model: string;
  task: ModelSpec["task"]["type"];
  withSlots: boolean;
  /** Counts a decision of a session of the caller's own. @throws ProblemError 429 when there are too many. */
  countSessions: (ids: readonly string[]) => unknown;
  /** The sampled trace that it belongs to; null: none. */
  trace: Carrier | null;
};

/**
 * Decides with the unit's version as it is in memory, and logs the decisions before anybody hears of them.
 * @returns the model, the decisions that are in the log, and how long scoring and logging took, ms.
 * @throws ProblemError 404 when there is no such model, or none of its versions serves; 400 when it has another task; 409 when the id belongs
 * to another call's decision; 403 or 422 when it cannot be the caller's; 429 when there is too much of its session; 422 when the call makes more features than one may have.
 */
export async function decideAtEdge<D extends DecisionRecord>(
  { env, background, caller, model: name, task, withSlots, countSessions, trace }: Asked,
  {
    id,
    unit,
    session,
    context,
    events,
    deferred,
    actions,
  }: z.output<typeof predictRequest> & { actions?: readonly Action[] },
  decide: (model: LoadedModel, call: PredictCall & Pick<RankCall, "matches">, failed: GraphFailed) => Promise<D[]>,
): Promise<{ model: LoadedModel; decisions: D[]; timings: { score: number; log: number } }> {
  const entry = await requireModel(env, background, name);
  if (entry.task.type !== task)
    throw new ProblemError(400, `${name} is a ${entry.task.type} model: call /v1/models/${name}/${entry.task.type}`, [
      { field: "path.model", message: `must be the name of a ${task} model` },
    ]);
  const { version, assignment } = await servingVersion(env, background, name, unit);
  const model = version.current(background);
  const at = Date.now();
  const started = performance.now();
  const { id: decisionId, drawn } = await decisionIdOf(env, background, { id, session }, caller);
  if (id !== undefined || session !== undefined) countSessions([decisionId]);
  const call: PredictCall & Pick<RankCall, "matches"> = {
    id: decisionId,
    unit,
    ...(session !== undefined && { session }),
    ...{ at, context, assignment, deferred },
    ...callFeatures(model.spec, events, at, actions),
    place: "edge",
  };
  const made = await bounded(decide(model, call, (error) => version.graphFailed(error)));
  const scored = performance.now();
  counts.observe(SCORE_DURATION, [name], (scored - started) / 1000);
  if (trace) {
    const { version, snapshot } = made[0]!;
    const fields = { model: name, version, snapshot, decision: decisionId };
    Span.of(trace).write("score", (scored - started) / 1000, fields);
  }
  const reads = await LoggedProperties.of(env, { models: { [name]: entry } }, [name]);
  const logged = made.map((decision) => reads.only(decision, decision));
  const decisions = await logDecisions(env, logged, { withSlots, drawn, trace });
  return { model, decisions, timings: { score: scored - started, log: performance.now() - scored } };
}

/** @throws ProblemError 422 that says where the call has more features than it may have. */
async function bounded<T>(decided: Promise<T>): Promise<T> {
  try {
    return await decided;
  } catch (error) {
    if (error instanceof TooManyFeatures) throw fieldProblem(422, `body.${error.place}`, error.problem);
    throw error;
  }
}
