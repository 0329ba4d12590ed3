import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import { MAX_GRAPH_BYTES } from "../../shared/contract/limits.ts";
import type { Learned } from "../../shared/contract/publication.ts";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { type ModelSpec, unseenVectors } from "../../shared/contract/spec.ts";
import { readFirstBy } from "../../shared/features/read-properties.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { tryGraph } from "../../shared/heads/try-graph.ts";
import type { Env } from "../env.ts";
import { allPartitions } from "../log/partitions.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import type { HistoryEntry, Outcome, RegisteredVersion, RegistryCalls, Wish } from "../registry/messages.ts";
import { getArtifact, putArtifact } from "../storage/artifacts.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { within } from "../storage/within.ts";
import type { TrainerCalls, TrainerStatus } from "../training/messages.ts";
import { STATUS_WAIT } from "./limits.ts";
import { fieldProblem, ProblemError } from "./problem.ts";
import { newestDirectory, takeDirectory } from "./served-models.ts";
import { readSpec } from "./specs.ts";

/** Versions as callers make, change and read them; the registry decides. */

/** How far a version has learned. `lag`: rows of the log that it has not read yet. */
export type Training = Learned & { unlearnable: number; clamped: number; snapshot: number; lag: number } & Pick<
    TrainerStatus,
    "unlearned" | "bounded" | "missing" | "log"
  >;

type Deployment = { spec: ModelSpec; graph?: string | undefined; wish: Wish };
export type Deployed = RegisteredVersion & { created: boolean; warnings: string[] };

/**
 * Makes a version of a spec that is valid, and of the graph that it names, or finds the one that there is.
 * @throws ProblemError 400 when spec and graph do not fit, saying of a graph what is wrong with which input or output; 409 when the registry refuses.
 */
export async function deployVersion(env: Env, model: string, { spec, graph, wish }: Deployment): Promise<Deployed> {
  if (spec.name !== model) throw fieldProblem(400, "body.spec.name", `must be ${model}, as in the path`);
  if (spec.graph !== undefined && graph === undefined)
    throw fieldProblem(400, "body.graph", `is missing: the spec names the graph ${spec.graph}`);
  if (spec.graph === undefined && graph !== undefined)
    throw fieldProblem(400, "body.spec.graph", "is missing: a graph was handed in, and the spec names none");
  // Of others it follows from the task: what a stranger may say of them is bounded by itself.
  if (spec.task.type === "predict" && spec.task.label === "value" && spec.reward.range === undefined)
    throw fieldProblem(400, "body.spec.reward.range", NO_RANGE);
  const tried = graph === undefined ? null : await triedGraph(env, spec, graph);
  const specText = canonicalJson(spec);
  const pointer = await putArtifact(env.ARTIFACTS, new TextEncoder().encode(specText), model);
  const call = { model, task: spec.task, spec: pointer, specText, graph: tried?.pointer ?? null, wish };
  const { version, created } = await done(env, registry(env).deploy(call));
  return {
    ...version,
    created,
    warnings: [...(tried?.warnings ?? ofVectors(spec)), ...(await notLoggedBefore(env, version, spec))],
  };
}

const NO_RANGE =
  "is missing: a model that predicts a value must say between what its labels are, such as [0, 500]; those beyond are learned as the nearer end";

/** What to say of vectors that neither a graph nor the head takes. */
function ofVectors(spec: ModelSpec): string[] {
  const names = unseenVectors(spec);
  if (names.length === 0) return [];
  const are = names.length === 1 ? "is a vector" : "are vectors";
  return [
    `${names.join(", ")} ${are}, of which nothing is learned without a graph in a spec of format 1: leave the format out, or make it 2`,
  ];
}

/** What a new version reads that decisions were logged without, because none of those that there were read it. */
async function notLoggedBefore(env: Env, { model, version }: RegisteredVersion, spec: ModelSpec): Promise<string[]> {
  const { models } = await newestDirectory(env);
  const others = Object.hasOwn(models, model) ? models[model]!.versions.filter((v) => v.version < version) : [];
  if (others.length === 0) return [];
  const specs = await Promise.all(others.map((v) => readSpec(env.ARTIFACTS, v.spec)));
  return readFirstBy(spec, specs).map(
    (path) => `${path} was not logged until now, because no version read it: version ${version} learns it from now on`,
  );
}

/** Gives a version another stage. @throws ProblemError 404 when there is no such model or version; 409 when that cannot be, saying what can. */
export const changeVersion = (env: Env, model: string, version: number, wish: Wish): Promise<RegisteredVersion> =>
  done(env, registry(env).change({ model, version, wish }));

/** Goes back to the version that was live before. @throws ProblemError 404 when there is no such model; 409 when there is none to go back to. */
export const rollBack = (env: Env, model: string): Promise<RegisteredVersion> =>
  done(env, registry(env).rollback(model));

/** All versions of a model and its history. @throws ProblemError 404 when there is no such model. */
export async function versionsOf(
  env: Env,
  model: string,
): Promise<{
  model: string;
  versions: (RegisteredVersion & { training: Training | null })[];
  history: HistoryEntry[];
}> {
  const { versions, history } = await requireVersions(env, model);
  const newest = await newestRows(env);
  const training = await Promise.all(versions.map((version) => trainingOf(env, version, newest)));
  return { model, versions: versions.map((version, i) => ({ ...version, training: training[i]! })), history };
}

/** A snapshot that is kept, as bytes. @throws ProblemError 404 when it was never published, or is no longer kept. */
export async function snapshotBytes(
  env: Env,
  model: string,
  version: number,
  snapshot: number,
): Promise<Uint8Array<ArrayBuffer>> {
  await requireBegun(env, model, version);
  const kept = await trainerOf(env, model, version).snapshotOf(snapshot);
  if (!kept)
    throw fieldProblem(
      404,
      "path.snapshot",
      `is not kept: ${model}@${version} has none of this number any more, or yet`,
    );
  return encodeSnapshot(await readSnapshot(env.ARTIFACTS, kept));
}

/**
 * Has a version learn its log again, beside what it has learned, or says how far that is.
 * @throws ProblemError 404 when there is no such version, or none is learned again; 409 when the version is learning anew itself.
 */
export async function replayOf(env: Env, model: string, version: number, start: boolean): Promise<ReplayStatus> {
  await requireBegun(env, model, version);
  const trainer = trainerOf(env, model, version);
  const status = start ? await trainer.startReplay() : await trainer.replay();
  if (!status && start)
    throw fieldProblem(409, "path.version", "is learning its log again itself: try again when that is done");
  if (!status) throw fieldProblem(404, "path.version", "is not learned again, or its trainer was started since");
  return status;
}

const registry = (env: Env): DurableObjectStub<RegistryCalls> => env.REGISTRY.getByName("registry");

const trainerOf = (env: Env, model: string, version: number): DurableObjectStub<TrainerCalls> =>
  env.TRAINER.getByName(`${model}@${version}`);

/** What the registry did. This isolate goes by it at once. */
async function done<T>(env: Env, call: Promise<Outcome<T>>): Promise<T> {
  const outcome = await call;
  if ("refused" in outcome) {
    const { status, field, problem } = outcome.refused;
    throw fieldProblem(status, field, problem);
  }
  await takeDirectory(env, outcome.directory);
  return outcome.ok;
}

async function requireBegun(env: Env, model: string, version: number): Promise<void> {
  const { versions } = await requireVersions(env, model);
  if (!versions.some((v) => v.version === version && v.ready))
    throw fieldProblem(404, "path.version", `is not a version of ${model} that has begun`);
}

async function requireVersions(env: Env, model: string) {
  const known = await registry(env).versions(model);
  if (known) return known;
  throw new ProblemError(404, `There is no model ${JSON.stringify(model.slice(0, 64))}`, [
    { field: "path.model", message: "is not the name of a deployed model" },
  ]);
}

/** Offset of the newest row of each partition, by its name. A trainer that hears nothing does not know of what is new. */
async function newestRows(env: Env): Promise<ReadonlyMap<string, number>> {
  const told = allPartitions(env).map(async ({ name, stub }): Promise<[string, number][]> => {
    try {
      const statistics = await within(STATUS_WAIT, stub.statistics());
      return statistics ? [[name, statistics.newest]] : [];
    } catch (error) {
      writeOutput("warn", "a partition does not say how long its log is", { partition: name, ...errorFields(error) });
      return [];
    }
  });
  return new Map((await Promise.all(told)).flat());
}

async function trainingOf(
  env: Env,
  { model, version, ready, stage }: RegisteredVersion,
  newestRows: ReadonlyMap<string, number>,
): Promise<Training | null> {
  if (!ready || stage === "retired") return null;
  try {
    const status = await within(STATUS_WAIT, trainerOf(env, model, version).status());
    if (!status) return null;
    const { publication, partitions } = status;
    const behind = partitions.map(
      ({ partition, position, newest }) => (newestRows.get(partition) ?? newest) - (position?.rows ?? 0),
    );
    const lag = behind.reduce((sum, rows) => sum + Math.max(0, rows), 0);
    const { examples, progressiveLoss, meanFeedback, report } = status;
    const { unlearnable, unlearned, clamped, bounded, missing, log } = status;
    return {
      ...{ examples, progressiveLoss, meanFeedback, report, unlearnable, unlearned, clamped, bounded, missing, log },
      snapshot: snapshotNumber(publication),
      lag,
    };
  } catch (error) {
    writeOutput("warn", "a trainer does not say how far it is", { model, version, ...errorFields(error) });
    return null;
  }
}

/** The graph of this hash, that works with the spec. @throws ProblemError 400 */
async function triedGraph(
  env: Env,
  spec: ModelSpec,
  sha256: string,
): Promise<{ pointer: ArtifactPointer; warnings: string[] }> {
  const artifact = await getArtifact(env.ARTIFACTS, sha256);
  if (!artifact)
    throw fieldProblem(400, "body.graph", `is not in the store: hand the file in by PUT /v1/artifacts/${sha256}`);
  if (artifact.size > MAX_GRAPH_BYTES) {
    await artifact.body.cancel();
    throw fieldProblem(400, "body.graph", `must have at most ${MAX_GRAPH_BYTES} bytes`);
  }
  const bytes = new Uint8Array(await artifact.arrayBuffer());
  // Imported only for a graph: a deployment without one never starts ONNX Runtime.
  const { ort } = await import("../ort/runtime.ts");
  const { problems, warnings } = await tryGraph(ort, spec, bytes);
  if (problems.length > 0)
    throw new ProblemError(
      400,
      `The graph ${spec.graph} cannot work: ${problems.join("; ")}`,
      problems.map((message) => ({ field: "body.graph", message })),
    );
  return { pointer: { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length }, warnings };
}
