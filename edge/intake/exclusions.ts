import type { Exclusion } from "../../shared/contract/exclusion.ts";
import type { Env } from "../env.ts";
import type { ExclusionOutcome, RegisteredExclusion, RegistryCalls } from "../registry/messages.ts";
import { fieldProblem } from "./problem.ts";

/** What of a model's log is not learned, as callers say it; the registry keeps it, and tells the trainers. */

/** @throws ProblemError 404 when there is no such model; 409 when there are too many. */
export const exclude = async (env: Env, model: string, exclusion: Exclusion): Promise<RegisteredExclusion> =>
  done(await registry(env).exclude(model, exclusion));

/** Takes one back. @throws ProblemError 404 when there is none of the number. */
export const endExclusion = async (env: Env, model: string, number: number): Promise<RegisteredExclusion> =>
  done(await registry(env).endExclusion(model, number));

/** @throws ProblemError 404 when there is no such model. */
export async function exclusionsOf(env: Env, model: string): Promise<RegisteredExclusion[]> {
  const known = await registry(env).exclusions(model);
  if (!known) throw fieldProblem(404, "path.model", "is not the name of a deployed model");
  return known;
}

const registry = (env: Env): DurableObjectStub<RegistryCalls> => env.REGISTRY.getByName("registry");

function done(outcome: ExclusionOutcome): RegisteredExclusion {
  if ("ok" in outcome) return outcome.ok;
  const { status, field, problem } = outcome.refused;
  throw fieldProblem(status, field, problem);
}
