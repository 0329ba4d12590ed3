import { resolve } from "node:path";
import { EdgeCalls } from "../cli/edge-calls.ts";
import { deploySpec } from "../cli/registry/deploy-spec.ts";
import type { Directory } from "../shared/contract/directory.ts";

const root = resolve(import.meta.dirname, "..");
const demo = { "home-hero": "models/home-hero/spec.ts", "purchase-intent": "models/purchase-intent/spec.ts" };

/**
 * Deploys the demo's models that a running edge does not know, as everybody deploys theirs: over HTTP. What somebody deployed under these names
 * stays as it is.
 * @param key to call it with; EDGEWISE_KEY of the environment, when that is left out.
 * @returns the names of those that it deployed.
 */
export async function deployDemo(url: string, key?: string): Promise<string[]> {
  const edge = new EdgeCalls(url, fetch, url, key);
  const { models } = await edge.get<Directory>("/v1/directory");
  const missing = Object.entries(demo).filter(([name]) => !Object.hasOwn(models, name));
  for (const [, path] of missing) await deploySpec(edge, resolve(root, path), undefined, { stage: "live" });
  return missing.map(([name]) => name);
}
