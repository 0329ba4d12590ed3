import type { Artifacts } from "./artifacts.ts";
import type { Connection } from "./connection.ts";
import { FollowedModel } from "./followed-model.ts";
import type { LoadGraphs } from "./graphs.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { Live } from "./live.ts";
import type { ServedModel, Serving } from "./served-model.ts";

/** The models that this page decides with: each is loaded at its first decision and followed from then on. */
export class Models {
  readonly #artifacts: Artifacts;
  readonly #connection: Connection;
  readonly #live: Live;
  readonly #graphs: LoadGraphs | undefined;
  readonly #texts: KeptTexts;
  readonly #models = new Map<ServedModel, FollowedModel>();

  constructor(artifacts: Artifacts, connection: Connection, graphs: LoadGraphs | undefined, texts: KeptTexts) {
    this.#artifacts = artifacts;
    this.#connection = connection;
    this.#live = new Live(connection);
    this.#graphs = graphs;
    this.#texts = texts;
  }

  /** Begins to load a model, for whichever unit it is asked about next. */
  load(model: ServedModel): void {
    // Whoever asks for a unit is told what went wrong.
    this.#followed(model)
      .load()
      .catch(() => {});
  }

  /** What a model decides with for a unit now; at the first time, when it is loaded. */
  serving(model: ServedModel, unit: string): Promise<Serving> {
    return this.#followed(model).serving(unit);
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

  #followed(model: ServedModel): FollowedModel {
    let followed = this.#models.get(model);
    if (!followed) {
      followed = new FollowedModel(model, this.#artifacts, this.#connection, this.#live, this.#graphs, this.#texts);
      this.#models.set(model, followed);
    }
    return followed;
  }
}
