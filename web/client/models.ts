import type { Artifacts } from "./artifacts.ts";
import type { Connection } from "./connection.ts";
import type { SnapshotEvent } from "./events.ts";
import { FollowedModel, type Serving } from "./followed-model.ts";
import type { LoadGraphs } from "./graphs.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { Live } from "./live.ts";
import type { StartingModel } from "./starting-model.ts";

/** The models that this page decides with: each is loaded at its first decision and followed from then on. */
export class Models {
  readonly #artifacts: Artifacts;
  readonly #connection: Connection;
  readonly #live: Live;
  readonly #graphs: LoadGraphs | undefined;
  readonly #activated: (event: SnapshotEvent) => void;
  readonly #texts: KeptTexts;
  readonly #given: Readonly<Record<string, StartingModel>>;
  readonly #models = new Map<string, FollowedModel>();

  /** @param given models that came with the page, by name. */
  constructor(
    artifacts: Artifacts,
    connection: Connection,
    graphs: LoadGraphs | undefined,
    activated: (event: SnapshotEvent) => void,
    texts: KeptTexts,
    given: Readonly<Record<string, StartingModel>> = {},
  ) {
    this.#texts = texts;
    this.#given = given;
    this.#artifacts = artifacts;
    this.#connection = connection;
    this.#live = new Live(connection);
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

  /** What can decide for a unit without waiting, if anything can. */
  atOnce(name: string, unit: string): Serving | undefined {
    return this.#model(name).atOnce(unit);
  }

  /** There is reason to think that the edge can be reached again. */
  wake(): void {
    this.#live.wake();
    for (const model of this.#models.values()) model.wake();
  }

  /** Stores what decides for the next start: the page may be about to go. */
  async keep(): Promise<void> {
    await Promise.all([...this.#models.values()].map((model) => model.keep()));
  }

  /** The page is set aside, and may come back: a connection would keep it from that. */
  sleep(): void {
    this.#live.sleep();
  }

  close(): void {
    this.#live.close();
    for (const model of this.#models.values()) model.close();
  }

  #model(name: string): FollowedModel {
    let model = this.#models.get(name);
    if (!model) {
      model = new FollowedModel(
        name,
        this.#artifacts,
        this.#connection,
        this.#live,
        this.#graphs,
        this.#activated,
        this.#texts,
        Object.hasOwn(this.#given, name) ? this.#given[name] : undefined,
      );
      this.#models.set(name, model);
    }
    return model;
  }
}
