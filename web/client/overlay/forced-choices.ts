import type { Decision } from "../client.ts";
import { tabStorage } from "../tab-storage.ts";
import { unloggedId } from "../unlogged-id.ts";

const PLACE = "edgewise forced choices";

/** What a developer wants to see of a model, whatever it would choose: for the tab, until he takes it back. */
export class ForcedChoices {
  /** Ids of actions, by the model's name. */
  readonly #choices: Map<string, string>;

  constructor() {
    let kept: Record<string, string> = {};
    try {
      kept = JSON.parse(tabStorage()?.getItem(PLACE) ?? "{}");
    } catch {
      // Somebody else wrote it.
    }
    this.#choices = new Map(Object.entries(kept));
  }

  of(model: string): string | undefined {
    return this.#choices.get(model);
  }

  /** @param id undefined: the model chooses again. */
  force(model: string, id: string | undefined): void {
    if (id === undefined) this.#choices.delete(model);
    else this.#choices.set(model, id);
    try {
      tabStorage()?.setItem(PLACE, JSON.stringify(Object.fromEntries(this.#choices)));
    } catch {
      // It is full: it is forced in this page alone.
    }
  }
}

/**
 * A decision that was only looked at, with another action in the first place. It has an id that nobody logs, so whatever is said of it is learned by none.
 * @param chosen id of one of its actions.
 */
export function forcedDecision(looked: Decision, chosen: string): Decision {
  const nothing = async () => {};
  const first = looked.ranking.find(({ id }) => id === chosen)!;
  const others = (looked.slots ?? []).map((slot) => slot.chosen).filter((id) => id !== chosen);
  const order = [chosen, ...others, ...looked.ranking.map(({ id }) => id)];
  const inSlots = [...new Set(order)].slice(0, looked.slots?.length);
  return {
    ...looked,
    ...{ id: unloggedId(), chosen, reward: nothing, shown: nothing },
    ranking: [first, ...looked.ranking.filter((one) => one !== first)],
    ...(looked.slots && {
      slots: looked.slots.map((slot, i) => ({
        ...slot,
        ...{ id: unloggedId(), chosen: inSlots[i]!, reward: nothing, shown: nothing },
      })),
    }),
  };
}
