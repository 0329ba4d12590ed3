import type { Stage } from "../../shared/contract/directory.ts";

/** A version as the registry's routes answer it, as far as it is printed. */
export type VersionAnswer = {
  model: string;
  version: number;
  stage: Stage;
  share: number | null;
  wanted: { stage: Stage; share: number | null } | null;
};

/** `home-hero@3 is a shadow, and becomes live when it has caught up`. */
export function versionText({ model, version, stage, share, wanted }: VersionAnswer): string {
  const now = `${model}@${version} is ${named(stage, share)}`;
  return wanted ? `${now}, and becomes ${named(wanted.stage, wanted.share)} when it has caught up` : now;
}

export const named = (stage: Stage, share: number | null): string =>
  stage === "canary"
    ? `a canary for ${+(100 * (share ?? 0)).toFixed(2)} % of the units`
    : stage === "shadow"
      ? "a shadow"
      : stage;
