import type { Manifest } from "../../shared/contract/manifest.ts";
import type { HeldSnapshot } from "./held-snapshot.ts";
import type { KeptTexts } from "./kept-texts.ts";
import type { StartingModel } from "./starting-model.ts";
import { toBase64 } from "./to-base64.ts";

/** Most characters that are kept of a model: localStorage has room for some five million in all, and each start reads them. */
const MAX_KEPT = 400_000;

/** Keeps what a model decides with where the next page finds it at once, as far as there is room. */
export function keepStartingModel(
  texts: KeptTexts,
  manifest: Manifest,
  held: readonly { pointer: HeldSnapshot; bytes: Uint8Array }[],
): void {
  const size = held.reduce((sum, { bytes }) => sum + (bytes.length * 4) / 3, 0);
  const snapshots = () =>
    held.map(({ pointer: { version, publication, publishedAt }, bytes }) => ({
      ...{ version, publication, publishedAt },
      data: toBase64(bytes),
    }));
  const model = (): StartingModel => ({ manifest, snapshots: snapshots() });
  texts.write(`model ${manifest.model}`, size > MAX_KEPT ? null : model());
}
