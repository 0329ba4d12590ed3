import { type Stage, stage as stageSchema } from "../../shared/contract/directory.ts";
import { UsageError } from "../command.ts";
import { readModelName } from "../model-path.ts";

/** What `--stage` says: `live`, `shadow`, `retired`, or `canary:0.05`. */
export type StageOption = { stage: Stage; share?: number };

/** @throws UsageError saying what a stage looks like. */
export function readStage(text: string): StageOption {
  const [name, share, ...more] = text.split(":");
  const stage = stageSchema.safeParse(name);
  const number = Number(share);
  if (stage.success && more.length === 0) {
    if (stage.data !== "canary" && share === undefined) return { stage: stage.data };
    if (stage.data === "canary" && number > 0 && number <= 1) return { stage: "canary", share: number };
  }
  throw new UsageError(
    `--stage must be live, shadow, retired or canary:SHARE with a share above 0 and up to 1, not ${JSON.stringify(text)}.`,
  );
}

/** As it is given: `canary:0.05`. */
export const stageText = ({ stage, share }: StageOption): string => (share === undefined ? stage : `${stage}:${share}`);

/** `home-hero@3`. @throws UsageError when it is no such label. */
export function readVersionLabel(text: string): { model: string; version: number } {
  const [, model, version] = /^(.*)@([1-9]\d{0,8})$/.exec(text) ?? [];
  if (model === undefined || version === undefined)
    throw new UsageError(`Name the version as MODEL@VERSION, such as home-hero@3, not ${JSON.stringify(text)}.`);
  return { model: readModelName(model), version: Number(version) };
}
