import type { RankResponse } from "../../shared/contract/calls.ts";
import type { Action } from "../../shared/contract/record.ts";
import type { RankAnswer } from "./answers.ts";
import type { Code } from "./errors.ts";

/** A decision that a server made for the page that it wrote, as plain JSON (`ServerClient.rank`). */
export type HandedDecision = RankResponse & {
  /** Why no version decided: the page decides for itself then. */
  reason?: Code;
};

/**
 * Decisions that were made for the page before it was there: each is the answer to the first call for the same model, actions and slots, so that page and server show the
 * same, and it is one decision.
 */
export class HandedDecisions {
  #left: HandedDecision[];

  constructor(given: readonly HandedDecision[] = []) {
    this.#left = given.filter(({ reason }) => reason === undefined);
  }

  /** @param take whether the call has it from now on, and no other will. */
  find(model: string, actions: readonly Action[], slots: number, take: boolean): RankAnswer | undefined {
    const found = this.#left.find(
      (one) =>
        one.model.split("@")[0] === model &&
        (one.slots?.length ?? 0) === slots &&
        idsOf(one.ranking) === idsOf(actions),
    );
    if (!found) return undefined;
    if (take) this.#left = this.#left.filter((one) => one !== found);
    return { ...found, ms: 0 };
  }

  /** They were for somebody else. */
  clear(): void {
    this.#left = [];
  }
}

const idsOf = (actions: readonly { id: string }[]): string => JSON.stringify(actions.map(({ id }) => id).sort());
