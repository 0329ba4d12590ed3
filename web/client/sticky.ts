import type { RankAnswer } from "./answers.ts";
import type { KeptTexts } from "./kept-texts.ts";

/** `deferred`: it did not count yet. */
type Kept = { until: number; answer: RankAnswer; deferred: boolean };

/** How many orders are kept. */
const MAX_KEPT = 50;

/**
 * Orders that a visitor was shown, to be shown again: the same decision, with its id and its propensities, so that it is one example, whenever it is asked for.
 * One of other actions is another. Where they cannot be stored, this page has them.
 */
export class StickyAnswers {
  readonly #texts: KeptTexts;
  #here: [string, Kept][] = [];

  constructor(texts: KeptTexts) {
    this.#texts = texts;
  }

  find(key: string, now: number): Kept | undefined {
    return Object.fromEntries(this.#read(now))[key];
  }

  keep(key: string, kept: Kept, now: number): void {
    const all: [string, Kept][] = [...this.#read(now).slice(1 - MAX_KEPT), [key, kept]];
    this.#here = this.#texts.write("sticky", Object.fromEntries(all)) ? [] : all;
  }

  /** Forgets what this page has. */
  clear(): void {
    this.#here = [];
  }

  /** What is there, whatever else storage may hold. */
  #read(now: number): [string, Kept][] {
    const stored = Object.entries(this.#texts.read<Record<string, Kept>>("sticky") ?? {});
    return [...stored, ...this.#here].filter(([, kept]) => kept?.until > now && Array.isArray(kept.answer?.ranking));
  }
}
