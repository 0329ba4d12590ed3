import { deployed } from "../../models/deployed.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";

/** A model as it is deployed: its spec, and the bytes of its ONNX graph. */
export type Deployment = { spec: ModelSpec; graph: Uint8Array | null };

const deployments = new Map<string, Deployment>();

/** Adds a model to this isolate, or puts another version in its place. */
export function deploy(deployment: Deployment): void {
  deployments.set(deployment.spec.name, deployment);
}

for (const { spec, graph } of deployed) deploy({ spec, graph: graph ? new Uint8Array(graph) : null });

/** The deployed model of this name, if there is one. */
export const deploymentOf = (model: string): Deployment | undefined => deployments.get(model);

/** Names of the deployed models, in alphabetical order. */
export const deployedModels = (): string[] => [...deployments.keys()].sort();
