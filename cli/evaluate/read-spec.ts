import { existsSync, readdirSync, readFileSync } from "node:fs";
import { defineModel } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";

const MODELS = new URL("../../models/", import.meta.url);
const specOf = (name: string): URL => new URL(`${name}/spec.ts`, MODELS);
/** The models of this checkout: the folders of `models/` that have a spec. */
const names = (): string[] => readdirSync(MODELS).filter((name) => existsSync(specOf(name)));

/**
 * The spec of a model.
 * @param text a file with the spec as JSON, where `defineModel` fills in what is left out, or the name of one of this checkout's models.
 * @throws UsageError when there is none, naming every field that is wrong.
 */
export async function readSpec(text: string): Promise<ModelSpec> {
  if (existsSync(text) || !names().includes(text)) return parse(text);
  const { default: spec }: { default: ModelSpec } = await import(specOf(text).href);
  return spec;
}

function parse(path: string): ModelSpec {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `--spec ${path} cannot be read (and the models here are ${names().join(", ")}): ${(error as Error).message}`,
    );
  }
  if (typeof json !== "object" || json === null) throw new UsageError(`--spec ${path}: a spec is a JSON object.`);
  try {
    return defineModel(json as Parameters<typeof defineModel>[0]);
  } catch (error) {
    throw new UsageError(`--spec ${path}: ${(error as Error).message}`);
  }
}
