import { FollowedModel, type ModelParts } from "./followed-model.ts";
import type { ServedModel, Serving } from "./served-model.ts";

/** The models that this page decides with: each is loaded at its first decision and followed from then on. */
export class Models {
  readonly #parts: ModelParts;
  readonly #models = new Map<ServedModel, FollowedModel>();

  constructor(parts: ModelParts) {
    this.#parts = parts;
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
    this.#parts.live.wake();
    for (const model of this.#models.values()) model.wake();
  }

  /** Stores what decides for the next start: the page may be about to go. */
  async keep(): Promise<void> {
    await Promise.all([...this.#models.values()].map((model) => model.keep()));
  }

  /** The page is set aside, and may come back: a connection would keep it from that. */
  sleep(): void {
    this.#parts.live.sleep();
  }

  close(): void {
    this.#parts.live.close();
    for (const model of this.#models.values()) model.close();
  }

  #followed(model: ServedModel): FollowedModel {
    let followed = this.#models.get(model);
    if (!followed) {
      followed = new FollowedModel(model, this.#parts);
      this.#models.set(model, followed);
    }
    return followed;
  }
}
