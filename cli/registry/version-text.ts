import type { Stage } from "../../shared/contract/directory.ts";
import type { LogRange } from "../../shared/contract/spec.ts";

type Wish = { stage: Stage; share: number | null };

/** A version as the registry's routes answer it, as far as it is printed. */
export type VersionAnswer = Wish & {
  model: string;
  version: number;
  wanted: Wish | null;
  /** Whether its trainer has begun. */
  ready: boolean;
  /** Why its trainer could not be told of it the last time. */
  problem: string | null;
};

/**
 * `home-hero@3 is a shadow, and becomes live when it has caught up.`, and what is wrong with it.
 * @param served whether the model has a live version: the first to be live need not catch up.
 */
export function versionText(version: VersionAnswer, served: boolean): string {
  const { wanted } = version;
  const now = `${label(version)} is ${named(version)}`;
  const becomes = wanted && `becomes ${named(wanted)} when ${served ? "it has caught up" : "its trainer has begun"}`;
  return [`${now}${becomes ? `, and ${becomes}` : ""}.`, ...problemText(version)].join("\n");
}

/** What is wrong with a version; nothing when nothing is. */
export const problemText = (version: VersionAnswer): string[] =>
  version.problem === null
    ? []
    : [`The trainer of ${label(version)} could not be told of its stage, and is told again: ${version.problem}`];

/** `, of decisions received from 2026-11-29T10:00:00.000Z on`; nothing where all of the log is learned. */
export function rangeText(log: LogRange | null | undefined): string {
  if (!log) return "";
  const date = (at: number) => new Date(at).toISOString();
  const from = log.since === undefined ? "" : ` from ${date(log.since)} on`;
  const to = log.until === undefined ? "" : ` before ${date(log.until)}`;
  return `, of decisions received${from}${from && to ? " and" : ""}${to}`;
}

export const label = ({ model, version }: { model: string; version: number }): string => `${model}@${version}`;

export const named = ({ stage, share }: { stage: Stage; share?: number | null }): string =>
  stage === "canary"
    ? `a canary for ${+(100 * (share ?? 0)).toFixed(2)} % of the units`
    : stage === "shadow"
      ? "a shadow"
      : stage;
