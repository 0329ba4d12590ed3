import type { BriefExplanation } from "../../../shared/contract/calls.ts";
import type { Choice, Client, Decision, Prediction, RankOptions } from "../client.ts";
import type { SnapshotEvent } from "../events.ts";
import { explained, type RankCall } from "./explained.ts";
import { ForcedChoices, forcedDecision } from "./forced-choices.ts";

/** How many of the newest calls are kept. */
const CALLS = 20;

/** A call of the page's own session, as it was answered. */
export type SeenCall = {
  /** In order, from 1. */
  number: number;
  /** The model's name. */
  name: string;
  /** ms since the epoch. */
  at: number;
  /** By which the call was made. */
  by: "rank" | "rankSync" | "peek" | "predict";
  answer: Decision | Prediction;
  isForced: boolean;
  /** Which features made the scores, by the action's id; undefined where nobody knows, or not yet. */
  reasons: ReadonlyMap<string, BriefExplanation> | undefined;
};

/** What a client has answered since it is watched, and what it is to answer. */
export class WatchedClient {
  readonly client: Client;
  readonly forced = new ForcedChoices();
  /** The newest first. */
  calls: readonly SeenCall[] = [];
  /** The newest that each model has told of. */
  readonly snapshots = new Map<string, SnapshotEvent>();
  readonly #listeners = new Set<() => void>();
  #count = 0;

  private constructor(client: Client) {
    this.client = client;
    client.on("snapshot", (event) => {
      this.snapshots.set(event.model, event);
      this.#tell();
    });
    client.on("status", () => this.#tell());
    this.#watch();
  }

  static readonly #of = new WeakMap<Client, WatchedClient>();

  /** The one of a client, which is watched from the first time on that it is asked for. */
  static of(client: Client): WatchedClient {
    const known = WatchedClient.#of.get(client) ?? new WatchedClient(client);
    WatchedClient.#of.set(client, known);
    return known;
  }

  /** @param id undefined: the model chooses again. */
  force(model: string, id: string | undefined): void {
    this.forced.force(model, id);
    this.#tell();
  }

  /** @returns A function that ends the subscription. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #watch(): void {
    const { client } = this;
    const { rank, rankSync, peek, predict } = client;
    const forced = (model: string, actions: readonly Choice[], options: RankOptions = {}) => {
      const id = this.forced.of(model);
      if (id === undefined || !actions.some((action) => action.id === id)) return undefined;
      // What was shown before, and what a server decided, is not to be changed.
      const { timeout: _, explain: __, sticky: ___, ...call } = options;
      return forcedDecision(peek.call(client, model, actions, call), id);
    };
    Object.assign(client, {
      rank: async (...given: Parameters<Client["rank"]>) => {
        const [model] = given;
        if (this.forced.of(model) !== undefined) await client.ready(model).catch(() => {});
        const instead = forced(...given);
        return this.#seen("rank", given, instead ?? (await rank.call(client, ...given)), instead !== undefined);
      },
      rankSync: (...given: Parameters<Client["rankSync"]>) => {
        const instead = forced(...given);
        return this.#seen("rankSync", given, instead ?? rankSync.call(client, ...given), instead !== undefined);
      },
      peek: (...given: Parameters<Client["peek"]>) => {
        const instead = forced(...given);
        return this.#seen("peek", given, instead ?? peek.call(client, ...given), instead !== undefined);
      },
      predict: async (...given: Parameters<Client["predict"]>) => {
        const [model, options] = given;
        return this.#seen("predict", [model, undefined, options], await predict.call(client, ...given), false);
      },
    });
  }

  #seen<A extends Decision | Prediction>(by: SeenCall["by"], call: RankCall, answer: A, isForced: boolean): A {
    const [name] = call;
    const one = { number: ++this.#count, name, at: Date.now(), by, answer, isForced, reasons: undefined };
    this.calls = [one, ...this.calls].slice(0, CALLS);
    this.#tell();
    void explained(this.client, call, answer).then((reasons) => {
      this.calls = this.calls.map((seen) => (seen.number === one.number ? { ...seen, reasons } : seen));
      this.#tell();
    });
    return answer;
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}
