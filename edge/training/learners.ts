import type { Manifest } from "../../shared/contract/manifest.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../intake/problem.ts";
import { type Deployment, deploymentOf } from "../registry/deployments.ts";
import type { Learner } from "./learner.ts";

/** The deployed model of a request's path. @throws ProblemError 404 */
export function requireModel(model: string): Deployment {
  const deployment = deploymentOf(model);
  if (!deployment)
    throw new ProblemError(404, `There is no model ${JSON.stringify(model.slice(0, 64))}`, [
      { field: "path.model", message: "is not the name of a deployed model" },
    ]);
  return deployment;
}

/** The deployment again, if the model has this task. @throws ProblemError 400 */
export function requireTask(deployment: Deployment, task: ModelSpec["task"]["type"]): Deployment {
  const { name, task: own } = deployment.spec;
  if (own.type !== task)
    throw new ProblemError(400, `${name} is a ${own.type} model: call /v1/models/${name}/${own.type}`, [
      { field: "path.model", message: `must be the name of a ${task} model` },
    ]);
  return deployment;
}

/** The learner of a deployed model. */
export const learnerOf = (env: Env, model: string): DurableObjectStub<Learner> => env.LEARNER.getByName(model);

/** What pages load first: the spec, and pointers to everything else. */
export async function manifestOf(env: Env, { spec, graph }: Deployment): Promise<Manifest> {
  const status = await learnerOf(env, spec.name).status();
  return {
    model: spec.name,
    version: status.version,
    stage: "live",
    spec,
    graph:
      graph && status.graph !== null
        ? { url: `/v1/artifacts/${status.graph}`, sha256: status.graph, bytes: graph.length }
        : null,
    snapshot: status.snapshot,
    examples: status.examples,
    progressiveLoss: status.progressiveLoss,
    meanFeedback: status.meanFeedback,
    report: status.report,
  };
}
