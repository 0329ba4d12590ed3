import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { snapshotNumber } from "../../shared/contract/publication.ts";
import { type LoadedModel, loadModel, withGraph } from "../../shared/decide/loaded-model.ts";
import type { Env } from "../env.ts";
import { FAILED_REFRESH_PAUSE, REFRESH_INTERVAL } from "../limits.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { readyGraph } from "../ort/graphs.ts";
import { type Deployment, deploymentOf } from "../registry/deployments.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { statusOf } from "../training/learners.ts";

/** What waits for background work: Hono's execution context. */
export type Background = { waitUntil(promise: Promise<unknown>): void };

type Entry = { deployment: Deployment; model: LoadedModel; checkedAt: number };
const entries = new Map<string, Entry>();

/**
 * The model as this isolate knows it, from memory: scoring takes no hop. Only the first request of an isolate waits for
 * it; later ones make it look for a newer snapshot in the background.
 */
export async function currentModel(env: Env, background: Background, deployment: Deployment): Promise<LoadedModel> {
  const name = deployment.spec.name;
  let entry = entries.get(name);
  if (!entry || entry.deployment !== deployment) {
    entry = { deployment, model: await load(env, deployment), checkedAt: Date.now() };
    entries.set(name, entry);
  } else if (Date.now() - entry.checkedAt >= REFRESH_INTERVAL) {
    entry.checkedAt = Date.now();
    background.waitUntil(refresh(env, entry));
  }
  if (!entry.model.graph) {
    const graph = readyGraph(deployment, background);
    if (graph) entry.model = withGraph(entry.model, graph);
  }
  return entry.model;
}

/** The newest published snapshot of a model. */
export async function newestSnapshot(env: Env, model: string): Promise<SnapshotData> {
  const { publication } = await statusOf(env, deploymentOf(model)!);
  return readSnapshot(env.ARTIFACTS, publication);
}

async function load(env: Env, { spec }: Deployment): Promise<LoadedModel> {
  return loadModel(spec, await newestSnapshot(env, spec.name));
}

async function refresh(env: Env, entry: Entry): Promise<void> {
  try {
    const { version, publication } = await statusOf(env, entry.deployment);
    if (!isNewer({ version, number: snapshotNumber(publication) }, entry)) return;
    const loaded = await load(env, entry.deployment);
    // Meanwhile another request may have loaded a newer one.
    if (!isNewer(loaded.snapshot, entry)) return;
    const { graph } = entry.model;
    entry.model = graph ? withGraph(loaded, graph) : loaded;
  } catch (error) {
    entry.checkedAt = Date.now() + FAILED_REFRESH_PAUSE;
    writeOutput("warn", "no newer snapshot could be loaded", {
      model: entry.deployment.spec.name,
      ...errorFields(error),
    });
  }
}

function isNewer(
  { version, number }: { version: number; number: number },
  { model: { snapshot: known } }: Entry,
): boolean {
  return version > known.version || (version === known.version && number > known.number);
}
