import { type DirectoryVersion, directory } from "../../shared/contract/directory.ts";
import { DIRECTORY_FORMAT, formatOf } from "../../shared/contract/format.ts";
import { type ModelSpec, modelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";

/**
 * The specs by which a log is joined: those of each model's live version.
 * @param model null: all models that there are. @param version of the model, instead of the live one; null: that.
 * @throws UsageError when the edge does not have it.
 */
export async function servedSpecs(
  edge: EdgeCalls,
  model: string | null,
  version: number | null,
): Promise<Map<string, ModelSpec>> {
  const answer = await edge.get<unknown>("/v1/directory");
  formatOf(answer, "directory", DIRECTORY_FORMAT);
  const { models } = directory.parse(answer);
  const names = Object.keys(models);
  if (model !== null && models[model] === undefined)
    throw new UsageError(
      `${edge.name} has no model ${JSON.stringify(model)}. It has: ${names.join(", ") || "none yet"}.`,
    );
  const specs = new Map<string, ModelSpec>();
  for (const name of model === null ? names : [model]) {
    const pointer = specPointer(name, models[name]!.versions, version);
    specs.set(name, modelSpec.parse(await edge.get<unknown>(pointer.url)));
  }
  return specs;
}

function specPointer(model: string, versions: readonly DirectoryVersion[], version: number | null) {
  const found = versions.find((one) => (version === null ? one.stage === "live" : one.version === version));
  if (found === undefined)
    throw new UsageError(
      `${model} has ${version === null ? "no version that is live" : `no version ${version}`} in the directory, which has ${versions.map((one) => one.version).join(", ")}.`,
    );
  return found.spec;
}
