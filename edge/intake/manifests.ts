import type { Directory, DirectoryVersion } from "../../shared/contract/directory.ts";
import { MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { Manifest, VersionManifest } from "../../shared/contract/manifest.ts";
import type { Env } from "../env.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { readPublication } from "../storage/pointers.ts";
import { ProblemError } from "./problem.ts";
import { readSpec } from "./specs.ts";

/**
 * What pages load first, of the pointers as they are: no trainer is asked.
 * @throws ProblemError 404 when there is no such model, or no version of it is live.
 */
export async function manifestOf(env: Env, { number, models }: Directory, model: string): Promise<Manifest> {
  const versions = Object.hasOwn(models, model) ? models[model]!.versions : [];
  const live = versions.find(({ stage }) => stage === "live");
  if (!live)
    throw new ProblemError(
      404,
      versions.length > 0 ? `${model} has no live version` : `There is no model ${JSON.stringify(model.slice(0, 64))}`,
      [{ field: "path.model", message: "must be the name of a deployed model with a live version" }],
    );
  const canaries = versions.filter(({ stage }) => stage === "canary");
  const [first, ...others] = await Promise.all([
    versionManifest(env, model, live),
    ...canaries.map((entry) => canaryManifest(env, model, entry)),
  ]);
  const readable = others.filter((manifest) => manifest !== null);
  return { format: MANIFEST_FORMAT, directory: number, model, ...first, canaries: readable };
}

/** Null of one that cannot be read: the live version serves its units then, instead of nobody serving anybody. */
async function canaryManifest(env: Env, model: string, entry: DirectoryVersion): Promise<VersionManifest | null> {
  try {
    return await versionManifest(env, model, entry);
  } catch (error) {
    const { version } = entry;
    writeOutput("error", "a canary cannot be read, and is left out", { model, version, ...errorFields(error) });
    return null;
  }
}

async function versionManifest(env: Env, model: string, entry: DirectoryVersion): Promise<VersionManifest> {
  const { version, stage, share, graph } = entry;
  const [spec, publication] = await Promise.all([
    readSpec(env.ARTIFACTS, entry.spec),
    readPublication(env.ARTIFACTS, model, version),
  ]);
  if (!publication) throw new Error(`${model}@${version} is in the directory, and has published nothing`);
  const { snapshot, delta, examples, progressiveLoss, meanFeedback, report } = publication;
  return { version, stage, share, spec, graph, snapshot, delta, examples, progressiveLoss, meanFeedback, report };
}
