import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { type LoadedModel, modelLabel } from "../../shared/decide/loaded-model.ts";
import type { SnapshotEvent } from "./events.ts";
import type { Published } from "./held-snapshot.ts";

/** What decides for one version of a model. */
export class ServedVersion {
  readonly model: string;
  readonly version: number;
  readonly #activated: (event: SnapshotEvent) => void;
  /** What decides now: replaced as a whole, so that a decision sees one snapshot from its beginning to its end. */
  current: LoadedModel | undefined;
  /** Which publication decides now. */
  published: Published = { publication: "", publishedAt: 0 };

  constructor(model: string, version: number, activated: (event: SnapshotEvent) => void) {
    this.model = model;
    this.version = version;
    this.#activated = activated;
  }

  /** @param age of the newest feedback in it, in ms; null where it was not measured. */
  activate(loaded: LoadedModel, { publication, publishedAt }: Published, age: (() => number) | null): void {
    this.current = loaded;
    this.published = { publication, publishedAt };
    const { model, version } = this;
    const { number: snapshot, examples } = loaded.snapshot;
    this.#activated({
      ...{ model, label: modelLabel({ model, version, snapshot }) },
      ...{ feedbackAgeMs: age?.() ?? null, examples },
    });
  }

  /** @throws Error when a snapshot is of another model or version. */
  checked(snapshot: SnapshotData): SnapshotData {
    const { model, version, number } = snapshot;
    if (model !== this.model || version !== this.version)
      throw new Error(
        `the artifact is ${modelLabel({ model, version, snapshot: number })}, not of ${this.model}@${this.version}`,
      );
    return snapshot;
  }
}
