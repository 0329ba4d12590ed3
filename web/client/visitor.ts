import type { KeptTexts } from "./kept-texts.ts";
import { randomId } from "./random-id.ts";

/** Who is served where the author does not say: a random id, the same for all pages of the endpoint. */
export class Visitor {
  readonly #texts: KeptTexts;
  #id: string | undefined;

  constructor(texts: KeptTexts) {
    this.#texts = texts;
  }

  /** undefined: it is not known yet. */
  get id(): string | undefined {
    const kept = this.#id ?? this.#texts.read("unit");
    if (typeof kept === "string" && kept) this.#id = kept;
    return this.#id;
  }

  /** From now on it is this one. */
  settle(id: string): string {
    this.#id = id;
    this.#texts.write("unit", id);
    return id;
  }

  /** From now on it is another, at once, whatever is still stored. */
  forget(): void {
    this.settle(randomId());
  }
}
