import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import { directory } from "../../shared/contract/directory.ts";
import { DIRECTORY_FORMAT, formatOf } from "../../shared/contract/format.ts";
import { type ModelSpec, modelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { currentVersion } from "../registry/model-versions.ts";

/**
 * The specs by which a log is joined: those of each model's live version.
 * @param model null: all models that there are. @param version of the model, instead of the live one, also one that is retired; null: the live one.
 * @throws UsageError when the edge does not have it.
 */
export async function servedSpecs(
  edge: EdgeCalls,
  model: string | null,
  version: number | null,
): Promise<Map<string, ModelSpec>> {
  const live = await liveSpecs(edge);
  const names = [...live.keys()];
  if (names.length === 0)
    throw new UsageError(
      `${edge.name} has no model yet, so nobody knows by which reward rules its log is to be joined. Start a server on it if none runs (STATE_DIR=DIR npm start, which deploys the models of the demo), and deploy the others: edgewise deploy SPEC.`,
    );
  if (model !== null && !live.has(model))
    throw new UsageError(`${edge.name} has no model ${JSON.stringify(model)}. It has: ${names.join(", ")}.`);
  const specs = new Map<string, ModelSpec>();
  for (const name of model === null ? names : [model]) {
    const spec = version === null ? live.get(name)! : (await currentVersion(edge, name, version)).now.spec;
    specs.set(name, modelSpec.parse(await edge.get<unknown>(spec.url)));
  }
  return specs;
}

/** Where the spec of each model's live version is. */
async function liveSpecs(edge: EdgeCalls): Promise<Map<string, ArtifactPointer>> {
  const answer = await edge.get<unknown>("/v1/directory");
  formatOf(answer, "directory", DIRECTORY_FORMAT);
  return new Map(
    Object.entries(directory.parse(answer).models).flatMap(([name, { versions }]) =>
      versions.filter(({ stage }) => stage === "live").map(({ spec }) => [name, spec] as const),
    ),
  );
}
