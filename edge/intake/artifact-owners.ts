import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { readPublication } from "../storage/pointers.ts";
import type { Caller } from "./caller.ts";
import { currentDirectory } from "./served-models.ts";

/**
 * Whether an artifact is part of a model that a caller's key is for. Snapshots, deltas and specs say whose they are since they are stored with that; of
 * graphs, which several models may share, and of what was stored before, directory and publications tell.
 */
export async function mayHave(
  env: Env,
  background: Background,
  { models }: Pick<Caller, "models">,
  sha256: string,
  { customMetadata }: Pick<R2Object, "customMetadata">,
): Promise<boolean> {
  if (models === null || models.includes(customMetadata?.model ?? "")) return true;
  const directory = await currentDirectory(env, background);
  const versions = models.flatMap((model) =>
    (Object.hasOwn(directory.models, model) ? directory.models[model]!.versions : []).map((entry) => ({
      model,
      ...entry,
    })),
  );
  if (versions.some(({ spec, graph }) => spec.sha256 === sha256 || graph?.sha256 === sha256)) return true;
  const published = await Promise.all(
    versions.map(({ model, version }) => readPublication(env.ARTIFACTS, model, version)),
  );
  return published.some((p) => p?.snapshot.sha256 === sha256 || p?.delta?.sha256 === sha256);
}
