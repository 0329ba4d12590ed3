import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { VersionManifest } from "../../shared/contract/manifest.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { checkEndpoint } from "./check.ts";
import { publishedAs } from "./held-snapshot.ts";
import { readManifest } from "./read-manifest.ts";
import type { StartingModel } from "./starting-model.ts";
import { toBase64 } from "./to-base64.ts";

/** What a server writes into its pages, so that their first decision waits for no network. It runs wherever there is `fetch`. */

export type StartingModelsOptions = {
  /** URL of the edge. */
  endpoint: string;
  /** A key that may read the models. */
  key?: string;
  /** Names of the models that the page decides with first. */
  models: readonly string[];
};

/**
 * Models as they are now, as plain JSON for `ClientOptions.models`. The same for every visitor: it can be kept for as long as a page.
 * @throws Error when the edge does not answer with them; TypeError when the endpoint is none.
 * @example
 * const models = await startingModels({ endpoint, key, models: ["home-hero"] });
 * html`<script type="application/json" id="models">${JSON.stringify(models).replaceAll("<", "\\u003c")}</script>`;
 */
export async function startingModels({
  endpoint,
  key,
  models,
}: StartingModelsOptions): Promise<Record<string, StartingModel>> {
  const base = checkEndpoint(endpoint, globalThis.document?.baseURI);
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const ask = async (path: string): Promise<Response> => {
    const response = await fetch(base + path, { headers });
    if (!response.ok) throw new Error(`the edge answered ${path} ${response.status}`);
    return response;
  };
  const bytesOf = async ({ url }: ArtifactPointer) => new Uint8Array(await (await ask(url)).arrayBuffer());
  const startOf = async (manifest: VersionManifest): Promise<StartingModel["snapshots"][number]> => {
    const { version, snapshot, delta } = manifest;
    const base = decodeSnapshot(await bytesOf(snapshot));
    const newest = delta ? applyDelta(base, await bytesOf(delta)) : base;
    return { version, ...publishedAs(manifest), data: toBase64(encodeSnapshot(newest)) };
  };
  const entries = models.map(async (name): Promise<[string, StartingModel]> => {
    const manifest = readManifest(await (await ask(`/v1/models/${name}`)).json());
    return [name, { manifest, snapshots: await Promise.all([manifest, ...manifest.canaries].map(startOf)) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
