import type { PredictResponse, RankResponse } from "../../shared/contract/calls.ts";
import type { ComputedBy } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Answer, CallDetails } from "./answers.ts";
import {
  checkActions,
  checkDecisionId,
  checkEndpoint,
  checkEventType,
  checkExplain,
  checkFeedbackValue,
  checkGraphs,
  checkKey,
  checkModel,
  checkProperties,
  checkPublishableKey,
  checkSlots,
  checkTime,
} from "./check.ts";
import { Core, MAIN_SESSION, type SessionHandle } from "./core.ts";
import type { ClientEvents, Status } from "./events.ts";
import type { LoadGraphs } from "./graphs.ts";

/** The SDK's face to the page: checks what it is given, and gives back decisions. */

export type ClientOptions = {
  /** URL of the edge. By default the page's own origin. */
  endpoint?: string;
  /**
   * The page's publishable key (`pk_...`), for its models and from its origins. An edge that has no keys yet, on this machine, needs none.
   */
  key?: string;
  /** Who is served, such as an account's id. By default a random one, kept in this browser. */
  unit?: string;
  /**
   * Loads what models with a graph need, when the first of them is met. Without it they decide by the head alone.
   * @example graphs: () => import("edgewise/graph")
   */
  graphs?: LoadGraphs;
};

export type RewardOptions = {
  /** No more feedback will follow for this decision: it can be learned from at once. */
  final?: boolean;
};

type Made = {
  /** `<session>.<n>`. Feedback can be given by it from anywhere, at any time. */
  id: string;
  /** Model, version and snapshot: `home-hero@1.12`. */
  model: string;
  computedBy: ComputedBy;
  /** Time to decide, in ms. */
  ms: number;
  /** Time from the call to the answer, in ms: with the wait for a model that is not there yet, and until the decision was stored. */
  totalMs: number;
  /** As `client.reward(id, value, options)`. */
  reward(value: number, options?: RewardOptions): Promise<void>;
  /** As `client.activate(id)`; with slots it is for the first, and each has one of its own. */
  activate(): Promise<void>;
};

export type Decision = Made & {
  /** Id of the action to take. */
  chosen: string;
  /** The chosen action first, then the others by falling score. */
  ranking: RankResponse["ranking"];
  /** When slots were asked for: what is in each, the first one first. Each is a decision with a reward of its own. */
  slots?: Slot[];
};

export type Slot = {
  /** Id of this slot's decision. */
  id: string;
  /** Id of the action to put there. */
  chosen: string;
  /** Its probability among the actions that the slots above left. */
  probability: number;
  reward(value: number, options?: RewardOptions): Promise<void>;
  /** Of a deferred decision: this slot was really shown. */
  activate(): Promise<void>;
};

export type Prediction = Made & {
  /** A probability where the model's label is binary. */
  value: number;
  /** When it was asked for. */
  explanation?: PredictResponse["explanation"];
};

/** Something to choose. Only `id` and `features` are read, so a page may pass its own objects. */
export type Choice = { id: string; features?: Properties };

type CallOptions = {
  /** Count the decision only once it is activated: call `activate()` when it was really shown. */
  deferred?: boolean;
  /** What is known at this call, by the names that the model's context features look for. */
  context?: Properties;
  /** Say of each score which features made it: this many, the ones that matter most. */
  explain?: number;
};

type RankOptions = CallOptions & {
  /**
   * Fill so many slots from the actions, none twice; or of each slot, what is known of it, laid over the context.
   * @example slots: [{ place: "hero" }, { place: "shelf" }, { place: "shelf" }]
   */
  slots?: number | readonly Properties[];
};

export interface Session {
  /**
   * Tells of something that happened in the session. Features of later decisions are made of it; it is not feedback.
   * @param options.at When it happened, in ms since the epoch; by default now. Decisions look at event time.
   * @throws TypeError naming what is wrong.
   * @example client.track("view", { item: "m42", genre: "drama" });
   */
  track(type: string, properties?: Properties, options?: { at?: number }): void;
  /**
   * Chooses among actions. Works off line, once the model was loaded in this browser.
   * @throws TypeError (as a rejection, as all here) naming what is wrong with the call; Error when the model cannot be had,
   *   or the outbox is full.
   * @example
   * const decision = await client.rank("home-hero", films, { context: { device: "phone" } });
   * show(decision.chosen);
   * decision.reward(1);
   */
  rank(model: string, actions: readonly Choice[], options?: RankOptions): Promise<Decision>;
  /**
   * Predicts a label of this session.
   * @example const { value } = await client.predict("purchase-intent", { context: { pages: 7 } });
   */
  predict(model: string, options?: CallOptions): Promise<Prediction>;
  /**
   * Gives feedback for a decision: a reward (rank) or a label (predict). Resolves when it is stored in this browser; it reaches
   * the edge as soon as that can be reached, once.
   * @example await client.reward(decisionId, 1, { final: true });
   */
  reward(decisionId: string, value: number, options?: RewardOptions): Promise<void>;
  /**
   * Says that a deferred decision was really shown or used: it counts from now on. Others count from when they are made.
   * @example await client.activate(decision.id);
   */
  activate(decisionId: string): Promise<void>;
}

export interface OpenedSession extends Session {
  /** Forgets the session's events. Feedback for its decisions is still taken by the client. */
  close(): Promise<void>;
}

export interface Client extends Session {
  /**
   * A further session, such as for a simulated visitor. It ends with the page.
   * @param options.unit By default the client's.
   */
  openSession(options?: { unit?: string }): OpenedSession;
  /**
   * Sends the outbox now. Nobody needs to call it: it is sent by itself.
   * @throws Error when not everything was acknowledged. It is kept, and tried again.
   */
  flush(): Promise<void>;
  /**
   * @returns A function that ends the subscription.
   * @example client.on("snapshot", ({ label, feedbackAgeMs }) => console.log(label, feedbackAgeMs));
   */
  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void;
  status(): Status;
  /** Ends the client. What is in the outbox is sent by the next one of this endpoint. */
  close(): Promise<void>;
}

/**
 * Connects a page to Edgewise.
 * @throws TypeError when an option is wrong, or there is no page, as on a server.
 * @example
 * const client = createClient({ endpoint: "https://learn.example.com", key: "pk_..." });
 * client.track("view", { item: "m42", genre: "drama" });
 * const decision = await client.rank("home-hero", films);
 */
export function createClient(options: ClientOptions = {}): Client {
  const endpoint = checkEndpoint(options.endpoint ?? "/", globalThis.document?.baseURI);
  if (options.key !== undefined) checkPublishableKey(options.key);
  if (options.unit !== undefined) checkKey("unit", options.unit);
  if (options.graphs !== undefined) checkGraphs(options.graphs);
  return new PageClient(new Core({ endpoint, key: options.key, unit: options.unit, graphs: options.graphs }));
}

class PageSession implements OpenedSession {
  readonly core: Core;
  readonly #handle: SessionHandle;

  constructor(core: Core, handle: SessionHandle) {
    this.core = core;
    this.#handle = handle;
  }

  track(type: string, properties: Properties = {}, { at = Date.now() }: { at?: number } = {}): void {
    checkEventType(type);
    const event = { type, at, properties: checkProperties("properties", properties) };
    checkTime("at", at);
    this.core.track(this.#handle, event).catch((error) => console.warn(`edgewise: an event was lost: ${error}`));
  }

  async rank(model: string, actions: readonly Choice[], options: RankOptions = {}): Promise<Decision> {
    checkModel(model);
    const details = callDetails(options);
    const list = checkActions(actions);
    const known = checkSlots(options.slots, details.context);
    const { slots, ...decision } = await this.#made(() => this.core.rank(this.#handle, model, list, known, details));
    if (!slots) return decision;
    const filled = slots.map(
      (slot): Slot => ({
        ...slot,
        reward: (...given) => this.reward(slot.id, ...given),
        activate: () => this.activate(slot.id),
      }),
    );
    return { ...decision, slots: filled };
  }

  async predict(model: string, options: CallOptions = {}): Promise<Prediction> {
    checkModel(model);
    const details = callDetails(options);
    return this.#made(() => this.core.predict(this.#handle, model, details));
  }

  async reward(decisionId: string, value: number, { final }: RewardOptions = {}): Promise<void> {
    checkDecisionId(decisionId);
    checkFeedbackValue(value);
    await this.core.reward(decisionId, value, final);
  }

  async activate(decisionId: string): Promise<void> {
    checkDecisionId(decisionId);
    await this.core.activate(decisionId);
  }

  async close(): Promise<void> {
    await this.core.end(this.#handle);
  }

  async #made<A extends Answer>(ask: () => Promise<A>): Promise<A & Made> {
    const started = performance.now();
    const answer = await ask();
    return {
      ...answer,
      totalMs: performance.now() - started,
      reward: (value, options) => this.reward(answer.id, value, options),
      activate: () => this.activate(answer.id),
    };
  }
}

function callDetails({ context = {}, explain, deferred = false }: CallOptions): CallDetails {
  if (explain !== undefined) checkExplain(explain);
  return { context: checkProperties("context", context), explain, deferred, at: Date.now() };
}

class PageClient extends PageSession implements Client {
  #sessions = MAIN_SESSION;

  constructor(core: Core) {
    super(core, MAIN_SESSION);
  }

  openSession({ unit }: { unit?: string } = {}): OpenedSession {
    if (unit !== undefined) checkKey("unit", unit);
    const handle = ++this.#sessions;
    this.core.open(handle, unit);
    return new PageSession(this.core, handle);
  }

  flush(): Promise<void> {
    return this.core.flush();
  }

  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void {
    return this.core.listeners.on(type, listener);
  }

  status(): Status {
    return this.core.status;
  }

  override close(): Promise<void> {
    return this.core.close();
  }
}
