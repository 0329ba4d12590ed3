import { existsSync, readFileSync } from "node:fs";
import { defineModel } from "../../shared/spec/define.ts";
import type { ModelSpec } from "../../shared/spec/model.ts";
import { UsageError } from "../command.ts";

/** The models of this checkout, by name. */
const models: Record<string, () => Promise<{ default: ModelSpec }>> = {
  "home-hero": () => import("../../models/home-hero/spec.ts"),
  "purchase-intent": () => import("../../models/purchase-intent/spec.ts"),
};

/**
 * The spec of a model.
 * @param text a file with the spec as JSON, where `defineModel` fills in what is left out, or the name of one of this checkout's models.
 * @throws UsageError when there is none, naming every field that is wrong.
 */
export async function readSpec(text: string): Promise<ModelSpec> {
  const load = Object.hasOwn(models, text) && !existsSync(text) ? models[text] : undefined;
  return load ? (await load()).default : parse(text);
}

function parse(path: string): ModelSpec {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `--spec ${path} cannot be read (and the models here are ${Object.keys(models).join(", ")}): ${(error as Error).message}`,
    );
  }
  if (typeof json !== "object" || json === null) throw new UsageError(`--spec ${path}: a spec is a JSON object.`);
  try {
    return defineModel(json as Parameters<typeof defineModel>[0]);
  } catch (error) {
    throw new UsageError(`--spec ${path}: ${(error as Error).message}`);
  }
}
