import type { SnapshotData } from "../artifact/snapshot.ts";
import { headOf } from "../heads/heads.ts";
import { checkSnapshot, type LoadedModel } from "./loaded-model.ts";

/**
 * The same model with what was learned since.
 * @throws Error when the snapshot is not of this version.
 */
export function withSnapshot(model: LoadedModel, snapshot: SnapshotData): LoadedModel {
  checkSnapshot(model.spec, snapshot);
  if (snapshot.version !== model.version)
    throw new Error(`the snapshot is of version ${snapshot.version}, the model of ${model.version}`);
  return { ...model, snapshot, head: headOf(snapshot) };
}
