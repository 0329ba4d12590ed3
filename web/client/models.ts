import type { Artifacts } from "./artifacts.ts";
import type { Connection } from "./connection.ts";
import type { SnapshotEvent } from "./events.ts";
import { FollowedModel, type Serving } from "./followed-model.ts";
import type { LoadGraphs } from "./graphs.ts";

/** The models that this page decides with: each is loaded at its first decision and followed from then on. */
export class Models {
  readonly #artifacts: Artifacts;
  readonly #connection: Connection;
  readonly #graphs: LoadGraphs | undefined;
  readonly #activated: (event: SnapshotEvent) => void;
  readonly #models = new Map<string, FollowedModel>();

  constructor(
    artifacts: Artifacts,
    connection: Connection,
    graphs: LoadGraphs | undefined,
    activated: (event: SnapshotEvent) => void,
  ) {
    this.#artifacts = artifacts;
    this.#connection = connection;
    this.#graphs = graphs;
    this.#activated = activated;
  }

  /** Begins to load a model, for whichever unit it is asked about next. */
  load(name: string): void {
    // Whoever asks for a unit is told what went wrong.
    this.#model(name)
      .load()
      .catch(() => {});
  }

  /** What `name` decides with for a unit now; at the first time, when it is loaded. */
  serving(name: string, unit: string): Serving | Promise<Serving> {
    return this.#model(name).serving(unit);
  }

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    for (const model of this.#models.values()) model.wake();
  }

  /** Stores what decides for the next start: the page may be about to go. */
  async keep(): Promise<void> {
    await Promise.all([...this.#models.values()].map((model) => model.keep()));
  }

  close(): void {
    for (const model of this.#models.values()) model.close();
  }

  #model(name: string): FollowedModel {
    let model = this.#models.get(name);
    if (!model) {
      model = new FollowedModel(name, this.#artifacts, this.#connection, this.#graphs, this.#activated);
      this.#models.set(name, model);
    }
    return model;
  }
}
