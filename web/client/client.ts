import type { PredictResponse, RankResponse } from "../../shared/contract/calls.ts";
import type { ComputedBy } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Answer, CallDetails, RankAnswer } from "./answers.ts";
import {
  checkActions,
  checkConsent,
  checkDecisionId,
  checkEndpoint,
  checkEventType,
  checkExplain,
  checkFallbackOrder,
  checkFallbackValue,
  checkFeedbackValue,
  checkModel,
  checkParts,
  checkProperties,
  checkPublishableKey,
  checkSlots,
  checkSticky,
  checkTime,
  checkTimeout,
  checkUnit,
} from "./check.ts";
import { now } from "./clock.ts";
import { type Consent, Core, MAIN_SESSION, type SessionHandle, type Signals } from "./core.ts";
import type { Code } from "./errors.ts";
import type { ClientEvents, Status } from "./events.ts";
import type { LoadGraphs } from "./graphs.ts";
import type { HandedDecision } from "./handed-decisions.ts";
import type { StartingModel } from "./starting-model.ts";

/** How long a rank or predict call waits for a model by default, in ms: a page can be without an answer for so long and not look broken. */
const TIMEOUT = 300;

/** What a model's spec says of the calls for it: `npx edgewise types` writes it of specs, as the type of `models`. */
export type ModelTypes = { task: "rank" | "predict"; context: unknown; action: unknown; events: unknown };

/** Nothing is said of the models: they may be any. */
export type AnyModels = Record<string, ModelTypes>;

export type NamesOf<M extends AnyModels, Task> = {
  [Name in keyof M & string]: Task extends M[Name]["task"] ? Name : never;
}[keyof M & string];
export type Known<T> = unknown extends T ? Properties : T;
/** Several models may look at one event, each at other properties. */
type EventsOf<M extends AnyModels> = unknown extends M[keyof M]["events"]
  ? Record<string, Properties>
  : Both<M[keyof M]["events"]>;
type Both<E> = (E extends E ? (one: E) => void : never) extends (all: infer All) => void ? All : never;

/** The SDK's face to the page: checks what it is given, and gives back decisions. */

export type ClientOptions = {
  /** URL of the edge. By default the page's own origin, or that of its `<base>`; of `/sdk.js`, the edge that it came from. On a server it must be given. */
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
  /**
   * Has the page tell by itself of what only it sees (`page-dwell`, `page-scroll`, ...), where a model's session features ask for it.
   * @example import { pageSignals } from "edgewise/signals"; createClient({ signals: pageSignals })
   */
  signals?: Signals;
  /**
   * Models to begin with, by name, as `startingModels` on a server gives them: the first decision waits for no network then. They may stand in the
   * page's HTML as JSON.
   */
  models?: Readonly<Record<string, StartingModel>>;
  /**
   * Decisions that a server made for this page with `edgewise/server`: the first call for the same model and actions answers with them, so that server and page
   * show the same.
   */
  decisions?: readonly HandedDecision[];
  /**
   * Whether the visitor lets the site store and send what he does. Without consent (`denied`, or `unknown` as yet), and where his browser says so (Global
   * Privacy Control), nothing is stored or sent, and decisions are made all the same. By default `granted`.
   */
  consent?: Consent;
  /** Most that `rank` and `predict` wait for a model that is not here yet, in ms, where a call says nothing else. By default 300. */
  timeout?: number;
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
  /** By what: `runtime` is `none` where no version of the model decided, and the fallback is the answer. */
  computedBy: ComputedBy;
  /** Why the fallback is the answer, such as `timeout` (errors.ts). */
  reason?: Code;
  /** Time to decide, in ms. */
  ms: number;
  /** Time from the call to the answer, in ms: with the wait for a model that is not there yet, and until the decision was stored. */
  totalMs: number;
  /** As `client.reward(id, value, options)`. */
  reward(value: number, options?: RewardOptions): Promise<void>;
  /** As `client.shown(id)`; with slots it is for the first, and each has one of its own. */
  shown(): Promise<void>;
};

export type Decision<Id extends string = string> = Made & {
  /** Id of the action to take. */
  chosen: Id;
  /** The chosen action first, then the others by falling score. */
  ranking: RankResponse["ranking"];
  /** When slots were asked for: what is in each, the first one first. Each is a decision with a reward of its own. */
  slots?: Slot<Id>[];
};

export type Slot<Id extends string = string> = {
  /** Id of this slot's decision. */
  id: string;
  /** Id of the action to put there. */
  chosen: Id;
  /** Its probability among the actions that the slots above left. */
  probability: number;
  reward(value: number, options?: RewardOptions): Promise<void>;
  /** Of a deferred decision: this slot was really shown. */
  shown(): Promise<void>;
};

export type Prediction = Made & {
  /** A probability where the model's label is binary. */
  value: number;
  /** When it was asked for. */
  explanation?: PredictResponse["explanation"];
};

/** Something to choose. Only `id` and `features` are read, so a page may pass its own objects. */
export type Choice<Id extends string = string, Features = Properties> = { id: Id; features?: Features };

type CallOptions<Context = Properties> = {
  /**
   * Count the decision only once it is activated: call `shown()` when it was really shown, or have `client.watch` do so. Without it a decision counts from when
   * it is made, in a page that can be seen; in a hidden or prerendered one, from when that is seen.
   */
  deferred?: boolean;
  /** What is known at this call, by the names that the model's context features look for. */
  context?: Context;
  /** Say of each score which features made it: this many, the ones that matter most. */
  explain?: number;
  /** Most to wait for a model that is not here yet, in ms. The fallback is the answer then. By default the client's. */
  timeout?: number;
};

type PredictOptions<Context = Properties> = CallOptions<Context> & {
  /** What is answered when no model can say. By default 0. */
  fallback?: number;
};

export type RankOptions<Context = Properties> = CallOptions<Context> & {
  /** Ids of actions in the order in which they are shown when no model can say; the others follow. By default the order that is given. */
  fallback?: readonly string[];
  /**
   * Shows a visitor what he was shown before, of the same actions: for the visit (`session`), or for `stickyFor` (`unit`). It is the same decision then, with its
   * id and its probabilities, and counts once. By default each call decides anew.
   */
  sticky?: "session" | "unit" | false;
  /** ms; by default a day. */
  stickyFor?: number;
  /**
   * Fill so many slots from the actions, none twice; or of each slot, what is known of it, laid over the context.
   * @example slots: [{ place: "hero" }, { place: "shelf" }, { place: "shelf" }]
   */
  slots?: number | readonly Properties[];
};

type SyncRankOptions<Context = Properties> = Omit<RankOptions<Context>, "timeout" | "explain">;

export interface Session<M extends AnyModels = AnyModels> {
  /**
   * Tells of something that happened in the session. Features of later decisions are made of it; it is not feedback.
   * @param options.at When it happened, in ms since the epoch; by default now. Decisions look at event time.
   * @throws TypeError naming what is wrong.
   * @example client.track("view", { item: "m42", genre: "drama" });
   */
  track<Type extends keyof EventsOf<M> & string>(
    type: Type,
    properties?: EventsOf<M>[Type],
    options?: { at?: number },
  ): void;
  /**
   * Chooses among actions. What the network, the browser's storage or the edge do to the page is no error: where no model can decide in time, the answer
   * is the fallback, and says why (`reason`).
   * @throws Error with a `code` (as a rejection, as all here): `invalid`, naming what is wrong with the call, `model-unknown`, `wrong-task`, `closed`.
   * @example
   * const decision = await client.rank("home-hero", films, { context: { device: "phone" } });
   * show(decision.chosen);
   * decision.reward(1);
   */
  rank<Name extends NamesOf<M, "rank">, const Id extends string>(
    model: Name,
    actions: readonly Choice<Id, Known<M[Name]["action"]>>[],
    options?: RankOptions<Known<M[Name]["context"]>>,
  ): Promise<Decision<Id>>;
  /**
   * Chooses at once, with the snapshot that is here: one that this browser kept, or that came with the page (`ClientOptions.models`). Where there is none, the
   * answer is the fallback; a graph is left out.
   * @throws Error with a `code`, as `rank`.
   * @example render(client.rankSync("home-hero", films).chosen); // before the first paint
   */
  rankSync<Name extends NamesOf<M, "rank">, const Id extends string>(
    model: Name,
    actions: readonly Choice<Id, Known<M[Name]["action"]>>[],
    options?: SyncRankOptions<Known<M[Name]["context"]>>,
  ): Decision<Id>;
  /** As `rankSync`, only to look: the decision is not logged, and there is no feedback for it. A later one may choose otherwise. */
  peek<Name extends NamesOf<M, "rank">, const Id extends string>(
    model: Name,
    actions: readonly Choice<Id, Known<M[Name]["action"]>>[],
    options?: SyncRankOptions<Known<M[Name]["context"]>>,
  ): Decision<Id>;
  /**
   * Predicts a label of this session. Never fails over what the world does, as `rank`.
   * @example const { value } = await client.predict("purchase-intent", { context: { pages: 7 } });
   */
  predict<Name extends NamesOf<M, "predict">>(
    model: Name,
    options?: PredictOptions<Known<M[Name]["context"]>>,
  ): Promise<Prediction>;
  /**
   * Gives feedback for a decision: a reward (rank) or a label (predict). Resolves when it is stored in this browser; it reaches
   * the edge as soon as that can be reached, once.
   * @example await client.reward(decisionId, 1, { final: true });
   */
  reward(decisionId: string, value: number, options?: RewardOptions): Promise<void>;
  /**
   * Says that a deferred decision was really shown or used: it counts from now on. Others count from when they are made. Said again, it says nothing new.
   * @example await client.shown(decision.id);
   */
  shown(decisionId: string): Promise<void>;
}

export interface OpenedSession<M extends AnyModels = AnyModels> extends Session<M> {
  /** Forgets the session's events. Feedback for its decisions is still taken by the client. */
  close(): Promise<void>;
}

export interface Client<M extends AnyModels = AnyModels> extends Session<M> {
  /**
   * A further session, such as for a simulated visitor. It ends with the page.
   * @param options.unit By default the client's.
   */
  openSession(options?: { unit?: string }): OpenedSession<M>;
  /**
   * Sends the outbox now. Nobody needs to call it: it is sent by itself.
   * @throws Error when not everything was acknowledged. It is kept, and tried again.
   */
  flush(): Promise<void>;
  /**
   * Loads a model. Resolves to whether it is here: at the latest when `rank` would not wait any longer.
   * @throws Error with a `code` (as a rejection) when the edge does not know the model.
   */
  ready(model: string, options?: { timeout?: number }): Promise<boolean>;
  /**
   * @returns A function that ends the subscription.
   * @example client.on("snapshot", ({ label, feedbackAgeMs }) => console.log(label, feedbackAgeMs));
   */
  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void;
  /**
   * Says of a deferred decision that it was shown (`shown()`), once half of the element has been in the window of a page that can be seen.
   * @param decision A decision, or one of its slots.
   * @returns A function that ends the watch.
   * @example client.watch(card, decision.slots[2]);
   */
  watch(element: Element, decision: Pick<Decision, "shown">): () => void;
  status(): Status;
  /** From now on another is served, such as after a login, in a session of his own. @param unit undefined: a random one, kept in this browser. */
  setUnit(unit: string | undefined): void;
  /**
   * The visitor has said whether the site may store and send what he does. Withdrawn, it is as `forget()`; what is decided without it is not logged.
   */
  consent(consent: Consent): Promise<void>;
  /** Forgets in this browser all that is stored of the visitor, sent or not: from now on he is another. What the edge has, it keeps. */
  forget(): Promise<void>;
  /** Ends the client. What is in the outbox is sent by the next one of this endpoint. */
  close(): Promise<void>;
}

/** A client, whatever it knows of models: what bindings are given. */
export type AnyClient = { [Name in keyof Client]: (...given: never[]) => unknown };

/**
 * Connects a page to Edgewise, by default to the edge that serves the page.
 * On a server it decides, too, by `models` or the fallback; nothing is logged there.
 * @throws TypeError when an option is wrong.
 * @example
 * const client = createClient({ endpoint: "https://learn.example.com", key: "pk_..." });
 * client.track("view", { item: "m42", genre: "drama" });
 * const decision = await client.rank("home-hero", films);
 */
export function createClient<M extends AnyModels = AnyModels>(options: ClientOptions = {}): Client<M> {
  const { endpoint: at = "/", key, unit, consent = "granted", timeout = TIMEOUT } = options;
  const endpoint = checkEndpoint(at, globalThis.document?.baseURI);
  checkPublishableKey(key);
  checkUnit(unit);
  checkParts(options);
  checkConsent(consent);
  checkTimeout(timeout);
  const core = new Core({ ...options, endpoint, consent });
  return new PageClient(core, timeout) as Client as unknown as Client<M>;
}

class PageSession implements OpenedSession {
  readonly core: Core;
  readonly #handle: SessionHandle;
  readonly timeout: number;

  constructor(core: Core, handle: SessionHandle, timeout: number) {
    this.core = core;
    this.#handle = handle;
    this.timeout = timeout;
  }

  track(type: string, properties: Properties = {}, { at = now() }: { at?: number } = {}): void {
    checkEventType(type);
    const event = { type, at, properties: checkProperties("properties", properties) };
    checkTime("at", at);
    this.core.track(this.#handle, event).catch((error) => console.warn(`edgewise: an event was lost: ${error}`));
  }

  async rank<Id extends string>(
    model: string,
    actions: readonly Choice<Id>[],
    options: RankOptions = {},
  ): Promise<Decision<Id>> {
    const started = performance.now();
    const answer = await this.core.rank(this.#handle, ...rankCall(this.timeout, model, actions, options));
    return this.#decision(answer, started, options) as Decision<Id>;
  }

  rankSync<Id extends string>(
    model: string,
    actions: readonly Choice<Id>[],
    options: SyncRankOptions = {},
  ): Decision<Id> {
    return this.#rankSync(model, actions, options, true) as Decision<Id>;
  }

  peek<Id extends string>(model: string, actions: readonly Choice<Id>[], options: SyncRankOptions = {}): Decision<Id> {
    return this.#rankSync(model, actions, options, false) as Decision<Id>;
  }

  async predict(model: string, options: PredictOptions = {}): Promise<Prediction> {
    const started = performance.now();
    checkModel(model);
    const { fallback = 0 } = options;
    checkFallbackValue(fallback);
    const answer = await this.core.predict(this.#handle, model, fallback, callDetails(this.timeout, options));
    return this.#made(answer, started, options);
  }

  async reward(decisionId: string, value: number, { final }: RewardOptions = {}): Promise<void> {
    checkDecisionId(decisionId);
    checkFeedbackValue(value);
    await this.core.reward(decisionId, value, final);
  }

  async shown(decisionId: string): Promise<void> {
    checkDecisionId(decisionId);
    await this.core.shown(decisionId);
  }

  async close(): Promise<void> {
    await this.core.end(this.#handle);
  }

  #rankSync(model: string, actions: readonly Choice[], options: RankOptions, logged: boolean): Decision {
    const started = performance.now();
    const [name, list, slots, order, details] = rankCall(this.timeout, model, actions, options);
    const answer = this.core.rankSync(this.#handle, name, list, slots, order, {
      ...details,
      explain: undefined,
      logged,
    });
    return this.#decision(answer, started, { ...options, ...(!logged && { deferred: true }) });
  }

  #decision({ slots, ...answer }: RankAnswer, started: number, options: CallOptions): Decision {
    const decision = this.#made(answer, started, options);
    if (!slots) return decision;
    return { ...decision, slots: slots.map((slot) => ({ ...slot, ...this.#ways(slot.id, answer.model) })) };
  }

  #made<A extends Answer>(answer: A, started: number, { deferred = false }: CallOptions): A & Made {
    if (!deferred) this.#tellShown(answer.id, answer.model);
    return {
      ...answer,
      totalMs: performance.now() - started,
      ...this.#ways(answer.id, answer.model),
    };
  }

  /** What becomes of a decision, or of one of its slots. */
  #ways(id: string, label: string): Pick<Slot, "reward" | "shown"> {
    return {
      reward: (value, options) => this.reward(id, value, options),
      shown: () => {
        this.#tellShown(id, label);
        return this.shown(id);
      },
    };
  }

  #tellShown(id: string, label: string): void {
    this.core.listeners.emit("shown", { id, model: label.split("@")[0]! });
  }
}

/** What a rank call asks for, checked and copied. @param most how long it may take where it does not say. */
function rankCall(most: number, model: string, actions: readonly Choice[], options: RankOptions) {
  checkModel(model);
  const details = callDetails(most, options);
  const list = checkActions(actions);
  const slots = checkSlots(options.slots, details.context);
  const sticky = checkSticky(options.sticky, options.stickyFor);
  return [model, list, slots, checkFallbackOrder(options.fallback, list), { ...details, sticky }] as const;
}

function callDetails(most: number, options: CallOptions): CallDetails {
  const { context = {}, explain, deferred = false } = options;
  const timeout = options.timeout ?? most;
  checkTimeout(timeout);
  if (explain !== undefined) checkExplain(explain);
  return {
    context: checkProperties("context", context),
    explain,
    deferred,
    timeout,
    sticky: undefined,
    logged: true,
    at: now(),
  };
}

class PageClient extends PageSession implements Client {
  #sessions = MAIN_SESSION;

  constructor(core: Core, timeout: number) {
    super(core, MAIN_SESSION, timeout);
  }

  openSession({ unit }: { unit?: string } = {}): OpenedSession {
    checkUnit(unit);
    const handle = ++this.#sessions;
    this.core.open(handle, unit);
    return new PageSession(this.core, handle, this.timeout);
  }

  async ready(model: string, { timeout = this.timeout }: { timeout?: number } = {}): Promise<boolean> {
    checkModel(model);
    return this.core.ready(MAIN_SESSION, model, callDetails(timeout, {}));
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

  watch(element: Element, decision: Pick<Decision, "shown">): () => void {
    return this.core.watch(element, () => decision.shown().catch(() => {}));
  }

  setUnit(unit: string | undefined): void {
    checkUnit(unit);
    this.core.setUnit(unit);
  }

  async consent(consent: Consent): Promise<void> {
    checkConsent(consent);
    await this.core.consent(consent);
  }

  forget(): Promise<void> {
    return this.core.forget();
  }

  override close(): Promise<void> {
    return this.core.close();
  }
}
