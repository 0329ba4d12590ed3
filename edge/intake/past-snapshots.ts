import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { modelLabel } from "../../shared/decide/loaded-model.ts";
import { columnsOf } from "../../shared/heads/snapshot.ts";
import { PAST_SNAPSHOT_BYTES } from "./limits.ts";

type Label = Pick<SnapshotData, "model" | "version" | "number">;

/** Snapshots of before, the ones used last, up to a number of bytes. A number, once published, never names anything else. */
class PastSnapshots {
  readonly #most: number;
  /** By label; the one used last comes last. */
  readonly #kept = new Map<string, SnapshotData>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(label: Label): SnapshotData | null {
    const name = nameOf(label);
    const snapshot = this.#kept.get(name);
    if (!snapshot) return null;
    this.#kept.delete(name);
    this.#kept.set(name, snapshot);
    return snapshot;
  }

  /** Keeps a snapshot for as long as there is room; one that is larger than all of it is not kept. */
  put(snapshot: SnapshotData): void {
    const bytes = bytesOf(snapshot);
    const name = nameOf(snapshot);
    if (bytes > this.#most || this.#kept.has(name)) return;
    this.#kept.set(name, snapshot);
    this.#bytes += bytes;
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#most) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytesOf(old);
    }
  }
}

/** What this isolate has of snapshots that no longer serve. */
export const pastSnapshots = new PastSnapshots(PAST_SNAPSHOT_BYTES);

const nameOf = ({ model, version, number }: Label): string => modelLabel({ model, version, snapshot: number });
const bytesOf = (snapshot: SnapshotData): number =>
  columnsOf(snapshot).reduce((sum, { values }) => sum + values.byteLength, 0);
