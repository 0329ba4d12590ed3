import { canonicalJson } from "../../shared/contract/canonical.ts";
import { MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { Env } from "../env.ts";
import { ProblemError } from "../intake/problem.ts";
import { type Deployment, deploymentOf } from "../registry/deployments.ts";
import { putArtifact } from "../storage/artifacts.ts";
import type { TrainerCalls, TrainerStatus } from "./messages.ts";

// What is here goes when the registry is there: until then the one version of each compiled-in model is 1, and live.

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

const trainerOf = (env: Env, model: string): DurableObjectStub<TrainerCalls> => env.TRAINER.getByName(`${model}@1`);

export async function statusOf(env: Env, { spec }: Deployment): Promise<TrainerStatus> {
  const trainer = trainerOf(env, spec.name);
  await trainer.configure({ model: spec.name, version: 1, spec: canonicalJson(spec), stage: "live" });
  return trainer.status();
}

/** What pages load first: the spec, and pointers to everything else. */
export async function manifestOf(env: Env, deployment: Deployment): Promise<Manifest> {
  const { spec, graph } = deployment;
  const { version, stage, publication, examples, progressiveLoss, meanFeedback, report } = await statusOf(
    env,
    deployment,
  );
  const { snapshot, delta } = publication;
  return {
    format: MANIFEST_FORMAT,
    directory: 0,
    model: spec.name,
    ...{ version, stage, share: null, spec, snapshot, delta, examples, progressiveLoss, meanFeedback, report },
    graph: graph && (await putArtifact(env.ARTIFACTS, graph)),
    canaries: [],
  };
}
