import type { Action } from "../../shared/contract/record.ts";
import type { RankAnswer, Sticky } from "./answers.ts";
import type { KeptTexts } from "./kept-texts.ts";

/** `deferred`: it did not count yet. */
type Kept = { until: number; answer: RankAnswer; deferred: boolean };

/** How many orders a browser keeps of each. */
const MAX_KEPT = 50;

/**
 * Orders that a visitor was shown, to be shown again: the same decision, with its id and its propensities, so that it is one example, whenever it is asked for.
 * One of other actions is another. Where they cannot be stored, this page has them.
 */
export class StickyAnswers {
  readonly #texts: Record<Sticky["by"], KeptTexts>;
  #here: Partial<Record<Sticky["by"], [string, Kept][]>> = {};

  /** @param session what belongs to the tab. */
  constructor(unit: KeptTexts, session: KeptTexts) {
    this.#texts = { unit, session };
  }

  find({ by }: Sticky, key: string, now: number): Kept | undefined {
    return Object.fromEntries(this.#read(by, now))[key];
  }

  keep(sticky: Sticky, key: string, answer: RankAnswer, deferred: boolean, now: number): void {
    const { by } = sticky;
    const until = by === "unit" ? now + sticky.ms : Number.MAX_SAFE_INTEGER;
    const all = [...this.#read(by, now).slice(1 - MAX_KEPT), [key, { until, answer, deferred }] as [string, Kept]];
    this.#here[by] = this.#texts[by].write("sticky", Object.fromEntries(all)) ? [] : all;
  }

  /** Forgets what this page has. */
  clear(): void {
    this.#here = {};
  }

  /** What is there, whatever else storage may hold. */
  #read(by: Sticky["by"], now: number): [string, Kept][] {
    const stored = Object.entries(this.#texts[by].read<Record<string, Kept>>("sticky") ?? {});
    return [...stored, ...(this.#here[by] ?? [])].filter(
      ([, kept]) => kept?.until > now && Array.isArray(kept.answer?.ranking),
    );
  }
}

export const stickyKey = (whose: string, model: string, actions: readonly Action[], slots: number): string =>
  JSON.stringify([whose, model, slots, actions.map(({ id }) => id).sort()]);
