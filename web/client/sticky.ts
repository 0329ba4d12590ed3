import type { Action } from "../../shared/contract/record.ts";
import type { RankAnswer, Sticky } from "./answers.ts";
import type { KeptTexts } from "./kept-texts.ts";

type Kept = { until: number; answer: RankAnswer };

/** How many orders a browser keeps of each. */
const MAX_KEPT = 50;

/**
 * Orders that a visitor was shown, to be shown again: the same decision, with its id and its propensities, so that it is one example, whenever it is asked for.
 * One of other actions is another.
 */
export class StickyAnswers {
  readonly #texts: KeptTexts;
  readonly #sessions: KeptTexts;

  /** @param sessions what belongs to the tab. */
  constructor(texts: KeptTexts, sessions: KeptTexts) {
    this.#texts = texts;
    this.#sessions = sessions;
  }

  find(sticky: Sticky, whose: string, model: string, actions: readonly Action[], slots: number, now: number) {
    const kept = this.#read(sticky)[keyOf(whose, model, actions, slots)];
    return kept && kept.until > now ? kept.answer : undefined;
  }

  keep(
    sticky: Sticky,
    whose: string,
    model: string,
    actions: readonly Action[],
    slots: number,
    answer: RankAnswer,
    now: number,
  ): void {
    const others = Object.entries(this.#read(sticky)).filter(([, { until }]) => until > now);
    const until = sticky.by === "unit" ? now + sticky.ms : Number.MAX_SAFE_INTEGER;
    const kept: Kept = { until, answer };
    const all = [...others.slice(1 - MAX_KEPT), [keyOf(whose, model, actions, slots), kept] as const];
    this.#of(sticky).write("sticky", Object.fromEntries(all));
  }

  #read(sticky: Sticky): Record<string, Kept> {
    return this.#of(sticky).read("sticky") ?? {};
  }

  #of({ by }: Sticky): KeptTexts {
    return by === "unit" ? this.#texts : this.#sessions;
  }
}

const keyOf = (whose: string, model: string, actions: readonly Action[], slots: number): string =>
  JSON.stringify([whose, model, slots, actions.map(({ id }) => id).sort()]);
