import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import type { Artifacts } from "./artifacts.ts";
import type { Connection } from "./connection.ts";
import { FollowedModel } from "./followed-model.ts";
import type { SnapshotEvent } from "./protocol.ts";

/** The models that this page decides with: each is loaded at its first decision and followed from then on. */
export class Models {
  readonly #artifacts: Artifacts;
  readonly #connection: Connection;
  readonly #activated: (event: SnapshotEvent) => void;
  readonly #models = new Map<string, FollowedModel>();

  constructor(artifacts: Artifacts, connection: Connection, activated: (event: SnapshotEvent) => void) {
    this.#artifacts = artifacts;
    this.#connection = connection;
    this.#activated = activated;
  }

  /** What `name` decides with now; at the first time, when it is loaded. */
  get(name: string): LoadedModel | Promise<LoadedModel> {
    let model = this.#models.get(name);
    if (!model) {
      model = new FollowedModel(name, this.#artifacts, this.#connection, this.#activated);
      this.#models.set(name, model);
    }
    return model.current ?? model.load();
  }

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    for (const model of this.#models.values()) model.wake();
  }

  close(): void {
    for (const model of this.#models.values()) model.close();
  }
}
