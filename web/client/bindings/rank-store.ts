import type { Properties } from "../../../shared/contract/values.ts";
import type { Choice, Client, Decision, RankOptions } from "../client.ts";
import { remember } from "./remember.ts";

/** A place of a page that shows a decision: which model fills it, and with what. */
export type Place = {
  model: string;
  actions: readonly Choice[];
  options: PlaceOptions;
};

export type PlaceOptions<Context = Properties> = Pick<
  RankOptions<Context>,
  "context" | "slots" | "fallback" | "sticky" | "stickyFor" | "timeout"
> & {
  /** Tells apart places of one model and the same actions, each with a decision of its own. */
  place?: string;
};

type Entry = { place: Place; decision: Decision; isFinal: boolean; asked: Promise<void> | undefined };

/**
 * The decisions that a page shows, for bindings to frameworks, which render a place as often as they like: however often it is asked for, mounted and thrown away, a place has one
 * decision, which counts once it is seen. Who is served by another (`setUnit`, `forget`) gets others.
 */
export class RankStore {
  readonly #client: Client;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();

  private constructor(client: Client) {
    this.#client = client;
    client.on("unit", () => {
      this.#entries.clear();
      this.#tell();
    });
    // What had no model in time has one now.
    client.on("snapshot", ({ model }) => {
      for (const entry of this.#entries.values())
        if (entry.asked && !entry.isFinal && entry.place.model === model) void this.#ask(entry);
    });
  }

  static readonly #of = new WeakMap<Client, RankStore>();

  /** The one of a client. */
  static of(client: Client): RankStore {
    const known = RankStore.#of.get(client) ?? new RankStore(client);
    RankStore.#of.set(client, known);
    return known;
  }

  /**
   * What a place shows now: its decision or, while no model is here, the fallback, which is not logged. It is the same object until that changes.
   * @throws Error with a `code` for what the caller does wrong.
   */
  get(place: Place): Decision {
    return this.#entry(place).decision;
  }

  /**
   * Resolves when the place has its decision, or its model was waited for as long as `rank` waits: when it comes later, the place changes then. Undefined: it had it at once. It does not
   * reject.
   */
  settled(place: Place): Promise<void> | undefined {
    const entry = this.#entry(place);
    if (!entry.isFinal) entry.asked ??= this.#ask(entry);
    return entry.asked;
  }

  /** The next time that it is asked for, the place has a new decision. */
  renew(place: Place): void {
    this.#entries.delete(keyOf(place));
    this.#tell();
  }

  /** @returns A function that ends the subscription. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #entry(place: Place): Entry {
    const key = keyOf(place);
    let entry = this.#entries.get(key);
    if (!entry) {
      const { model, actions, options } = place;
      const { place: _, timeout: __, ...call } = options;
      const looked = this.#client.peek(model, actions, call);
      const isFinal = looked.reason === undefined;
      const decision = isFinal ? this.#client.rankSync(model, actions, { ...call, deferred: true }) : looked;
      entry = { place, decision, isFinal, asked: undefined };
    }
    remember(this.#entries, key, entry);
    return entry;
  }

  /** A fallback is not worth a line in the log: it is decided when there is a model. */
  async #ask(entry: Entry): Promise<void> {
    const { model, actions, options } = entry.place;
    const { place: _, ...call } = options;
    const { timeout } = call;
    try {
      if (!(await this.#client.ready(model, timeout === undefined ? {} : { timeout })) || entry.isFinal) return;
      // Not twice, though it is asked again meanwhile.
      entry.isFinal = true;
      entry.decision = await this.#client.rank(model, actions, { ...call, deferred: true });
    } catch (error) {
      console.warn(`edgewise: ${error}`);
    }
    this.#tell();
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}

/** What says that all of a decision is shown; of one with slots, `shown` is for the first. */
export const wholly = (decision: Decision): Pick<Decision, "shown"> => ({
  shown: async () => {
    await Promise.all((decision.slots ?? [decision]).map((slot) => slot.shown()));
  },
});

/**
 * A place as a server shows it that has no decision for it, and so as the page must begin: in the fallback's order, until it is hydrated.
 */
export function asGiven(decision: Decision, { actions, options: { fallback = [] } }: Place): Decision {
  const order = [...new Set([...fallback, ...actions.map(({ id }) => id)])];
  const { slots, ranking } = decision;
  const byId = new Map(ranking.map((one) => [one.id, one]));
  return {
    ...decision,
    chosen: order[0]!,
    ranking: order.map((id) => byId.get(id)!),
    ...(slots && { slots: slots.map((slot, i) => ({ ...slot, chosen: order[i]! })) }),
  };
}

/** Ids of the actions in the order to show them in: of the slots or, without, of all. */
export const shownOrder = ({ slots, ranking }: Decision): string[] =>
  slots?.map(({ chosen }) => chosen) ?? ranking.map(({ id }) => id);

function keyOf({ model, actions, options: { place, slots, context } }: Place): string {
  return JSON.stringify([model, place, slots, context, actions.map(({ id }) => id)]);
}
