import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { fromBase64 } from "./base64.ts";
import type { Published } from "./held-snapshot.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { readManifest } from "./read-manifest.ts";
import { missingScorers } from "./scorers.ts";

/**
 * A model as a page has it at once when it starts, whole and as JSON: what it decided with last, as far as there is room, or what a server wrote
 * into the page.
 */
export type StartingModel = {
  manifest: Manifest;
  /** `data`: the snapshot's bytes as base64. */
  snapshots: (Published & { version: number; data: string })[];
};

type Started = { manifest: Manifest; snapshots: (Published & { version: number; snapshot: SnapshotData })[] };

/** What there is to begin with cannot score yet. */
type Missing = { missing: Promise<unknown> };

/**
 * @param given what came with the page; the newer of the two is taken.
 * @returns undefined where there is neither, or it cannot be read.
 */
export function startingModel(
  texts: KeptTexts,
  name: string,
  given: StartingModel | undefined,
): Started | Missing | undefined {
  const kept = texts.read<StartingModel>(`model ${name}`);
  const [first, second] = kept && ageOf(kept) > ageOf(given) ? [kept, given] : [given, kept];
  return (first && started(first)) ?? (second && started(second));
}

/** Whatever was kept: it may be of another release, or broken. */
const ageOf = (model: StartingModel | undefined): number =>
  Math.max(0, ...[model?.snapshots ?? []].flat().map((one) => one?.publishedAt ?? 0));

function started({ manifest: written, snapshots }: StartingModel): Started | Missing | undefined {
  try {
    const manifest = readManifest(written);
    const missing = missingScorers([manifest, ...manifest.canaries].map(({ spec }) => spec));
    if (missing) return { missing };
    return {
      manifest,
      snapshots: snapshots.map(({ data, ...published }) => ({
        ...published,
        snapshot: decodeSnapshot(fromBase64(data)),
      })),
    };
  } catch (error) {
    console.warn(`edgewise: what came with the page, or was kept, cannot be read: ${error}`);
    return undefined;
  }
}
