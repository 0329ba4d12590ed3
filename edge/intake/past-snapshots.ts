import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { modelLabel } from "../../shared/decide/loaded-model.ts";
import { columnsOf } from "../../shared/heads/snapshot.ts";
import { Recent } from "../storage/recent.ts";
import { PAST_SNAPSHOT_BYTES } from "./limits.ts";

type Label = Pick<SnapshotData, "model" | "version" | "number">;

const nameOf = ({ model, version, number }: Label): string => modelLabel({ model, version, snapshot: number });
const bytesOf = (snapshot: SnapshotData): number =>
  columnsOf(snapshot).reduce((sum, { values }) => sum + values.byteLength, 0);

const kept = new Recent<SnapshotData>(PAST_SNAPSHOT_BYTES, bytesOf);

/** What this isolate has of snapshots that no longer serve. A number, once published, never names anything else. */
export const pastSnapshots = {
  get: (label: Label): SnapshotData | null => kept.get(nameOf(label)),
  put: (snapshot: SnapshotData): void => kept.put(nameOf(snapshot), snapshot),
};
