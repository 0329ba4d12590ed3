import { RECORD_FORMAT } from "../../shared/contract/format.ts";
import type {
  Action,
  ActivationRecord,
  Assignment,
  DecisionRecord,
  FeedbackRecord,
  RankDecision,
  SessionEvent,
} from "../../shared/contract/record.ts";
import type { FeatureValues, Properties } from "../../shared/contract/values.ts";
import { decidePredict, predictResponse, type RankCall, rankResponse } from "../../shared/decide/decide.ts";
import { decideSlotsSync, decideSlotsWith, slotsResponse } from "../../shared/decide/decide-slots.ts";
import { fallbackId, fallbackPredict, fallbackRank, type UndecidedCall } from "../../shared/decide/fallback.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import { callFeature } from "../../shared/features/call.ts";
import { FeatureBudget, TooManyFeatures } from "../../shared/features/feature-limit.ts";
import { type Matches, matching } from "../../shared/features/matching.ts";
import { profileDefaults } from "../../shared/features/profile.ts";
import type { CallDetails, PredictAnswer, RankAnswer, Sticky } from "./answers.ts";
import { sendAtOnce } from "./batch.ts";
import { beginSession, handedOver, isPrerendering, isYoung } from "./begin-session.ts";
import { now } from "./clock.ts";
import { type Code, coded, codeOf } from "./errors.ts";
import { hasNetwork, Listeners, type Status } from "./events.ts";
import type { LoadGraphs } from "./graphs.ts";
import { type HandedDecision, HandedDecisions } from "./handed-decisions.ts";
import { KeptTexts } from "./kept-texts.ts";
import { Later } from "./later.ts";
import type { Offline } from "./offline.ts";
import { randomId } from "./random-id.ts";
import { ServedModel, type Serving } from "./served-model.ts";
import { SessionStore } from "./session-store.ts";
import type { StartingModel } from "./starting-model.ts";
import { StickyAnswers } from "./sticky.ts";
import type { OutboxItem, Transactions } from "./stores.ts";
import { UNLOGGED, unloggedId } from "./unlogged-id.ts";
import { type Entry, toItem, Unsent } from "./unsent.ts";
import { Visitor } from "./visitor.ts";
import { within } from "./within.ts";

/** Most that waits in memory for the rest of the client, where that cannot be had: items. */
const MAX_UNSENT = 2_000;
/** What waits there is sent when it is more: items. A page that goes can send no more than 60 kB. */
const ENOUGH = 20;
/** Name of what the page before left of its session: all of it or, while it is there, its id. */
const SESSION = "session";
/** Most that is waited for it where nothing but its being stored depends on it, in ms. */
const PATIENCE = 5_000;

/** Where a client's decisions come from and go to, as `ClientOptions` say it. */
export type CoreOptions = {
  /** Absolute URL of the edge, without a slash at the end. */
  endpoint: string;
  key?: string;
  unit?: string;
  graphs?: LoadGraphs;
  models?: Readonly<Record<string, StartingModel>>;
  decisions?: readonly HandedDecision[];
  consent: Consent;
  signals?: Signals;
};

/** Has the page tell its session what a spec asks of it (signals/signals.ts). */
export type Signals = typeof import("./signals/signals.ts").pageSignals;

/** Whether the visitor lets us store and send what he does. */
export type Consent = "granted" | "denied" | "unknown";

/** A session of the page by the page's own number for it, which it has before the session has an id. */
export type SessionHandle = number;
/** The session that every client has. */
export const MAIN_SESSION: SessionHandle = 0;

/** `ready`: when it has its id, and all that was in it before. */
type Opened = { session: SessionStore; unit: string | undefined; ready: Promise<unknown>; isReady?: boolean };

/** What of a call both tasks need. */
type Basis = {
  id: string;
  unit: string;
  session: string;
  at: number;
  context: Properties;
  sessionFeatures: FeatureValues;
  profileFeatures: FeatureValues;
  matches?: Matches;
  place: "browser";
  settled: true;
  assignment: Assignment;
  deferred: boolean;
};

/** A call as it will be decided. */
type Call = {
  opened: Opened;
  model: string;
  position: number;
  details: CallDetails;
  /** How many ms may still be waited. What the beginning of a call takes, its end takes, too: that much is kept of its time, up to a fourth. */
  left: () => number;
};

/** How decisions of a task are made, with a model and without. */
type Way<R extends DecisionRecord> = { task: R["task"]; actions?: Action[]; fallback(call: UndecidedCall): R[] };

const ranking = (order: Action[], slots: Properties[] | undefined): Way<RankDecision> => ({
  task: "rank",
  actions: order,
  fallback: (call) => fallbackRank(call, order, slots),
});

/** What was decided, in ms, and by what; `loaded` is undefined where no version decided. */
type Decided<R> = { records: R[]; loaded: LoadedModel | undefined; ms: number };

/** Puts a client's parts together, and decides: on the page's main thread, where a linear head takes less time than the way to a worker. */
export class Core {
  readonly listeners = new Listeners();
  readonly #options: CoreOptions;
  readonly #texts: KeptTexts;
  /** What belongs to the tab. */
  readonly #tabTexts: KeptTexts;
  readonly #sticky: Record<Sticky["by"], StickyAnswers>;
  readonly #handed: HandedDecisions;
  readonly #visitor: Visitor;
  readonly #unsent = new Unsent();
  readonly #models = new Map<string, ServedModel>();
  /** All that the first decision can be made without. */
  readonly #behind: Later<Offline>;
  /** Where sessions are stored: there. */
  readonly #storage: Transactions = {
    run: async (...transaction) => (await this.#behind.soon()).database.run(...transaction),
  };
  readonly #watcher = new Later(() => import("./watch.ts"));
  readonly #open = new Map<SessionHandle, Opened>();
  /** Until the end of the client. */
  readonly #listening = new AbortController();
  /** Calls without an answer: the end of the client answers them. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** Decisions that were made while nobody could see the page. */
  #unseen: string[] = [];
  /** What was shown already. */
  readonly #shown = new Set<string>();
  #consent: Consent;
  #ended: Error | undefined;
  #lost = 0;
  /** How often the visitor was forgotten. */
  #forgotten = 0;
  #lastFeedbackAt = 0;

  constructor(options: CoreOptions) {
    const { unit, decisions, consent } = options;
    this.#options = options;
    const place = `edgewise ${options.endpoint}`;
    this.#consent = consent;
    const isAllowed = () => this.#isAllowed;
    const texts = new KeptTexts(place, isAllowed);
    this.#texts = texts;
    this.#tabTexts = new KeptTexts(place, isAllowed, () => sessionStorage);
    this.#handed = new HandedDecisions(decisions);
    this.#sticky = { unit: new StickyAnswers(texts), session: new StickyAnswers(this.#tabTexts) };
    const visitor = new Visitor(texts);
    this.#visitor = visitor;
    this.#behind = new Later(async () => {
      const { Offline } = await import("./offline.ts").catch((error) => {
        this.#warnOnce(`the rest of the client cannot be loaded: ${error}`);
        throw error;
      });
      return new Offline({
        ...options,
        ...{ place, texts, visitor, unsent: this.#unsent, listeners: this.listeners, isAllowed },
        warn: (message) => this.#warnOnce(message),
        changed: () => this.#tell(),
      });
    });
    // On a server there is neither.
    const { document } = globalThis;
    for (const [target, type, listener] of [
      [globalThis, "online", this.#wake],
      [globalThis, "pagehide", this.#hide],
      [globalThis, "pageshow", this.#show],
      [document, "visibilitychange", this.#hide],
      [document, "visibilitychange", this.#show],
      [document, "prerenderingchange", this.#show],
    ] as const)
      target?.addEventListener?.(type, listener, this.#listening);
    this.#begin(unit);
  }

  get status(): Status {
    const { status } = this.#behind.value ?? {};
    return { online: hasNetwork(), pending: this.#unsent.size, storage: "stored", ...status, lost: this.#lost };
  }

  /** Should it fail, the session's calls say so. */
  open(handle: SessionHandle, unit: string | undefined): void {
    const session = new SessionStore(this.#storage);
    this.#opened(handle, session, unit, ({ sessions }) => sessions.open(unit, session).catch(() => {}));
  }

  #opened(
    handle: SessionHandle,
    session: SessionStore,
    unit: string | undefined,
    begin: (offline: Offline) => Promise<unknown>,
  ): void {
    const ready = this.#isAllowed ? this.#behind.soon().then(begin) : Promise.resolve();
    const opened: Opened = { session, unit, ready };
    void ready.then(() => {
      opened.isReady = true;
    });
    this.#open.set(handle, opened);
  }

  /** Tells the page's session of what the page saw by itself; who has no session any more is told nothing. */
  readonly #noted = (type: string, properties: Properties = {}): void =>
    void this.track(MAIN_SESSION, { type, at: now(), properties }).catch(() => {});

  track(handle: SessionHandle, event: SessionEvent): Promise<void> {
    return this.#call(async () => this.#session(handle).session.track(event));
  }

  /**
   * Never fails over what the world does to the page: then it is the fallback's.
   * @param slots of each slot to fill what is known of it; undefined: one action is chosen.
   * @param order the actions as they are shown where no model can say.
   * @throws CodedError (as a rejection) for what the caller does wrong.
   */
  rank(
    handle: SessionHandle,
    model: string,
    actions: Action[],
    slots: Properties[] | undefined,
    order: Action[],
    details: CallDetails,
  ): Promise<RankAnswer> {
    const explained = details.explain !== undefined;
    return this.#call(async () => {
      const count = slots?.length ?? 0;
      // Who is served may not be known yet.
      if (details.sticky) await within(details.timeout, this.#session(handle).ready);
      const known = this.#known(handle, model, actions, count, details);
      if (known) return known;
      const decided = await this.#decide(handle, model, details, ranking(order, slots), async (loaded, basis, left) => {
        const call = { ...basis, actions };
        // Whoever has a graph has the module that runs it.
        const graphs = loaded.graph && (await this.#options.graphs!()).default;
        const run = (asked: RankCall) => graphs?.runGraph(loaded, left, asked, callFeature) ?? null;
        return decideSlotsWith(run, loaded, call, slots, explained);
      });
      const answer = rankAnswer(decided, slots);
      this.#stick(handle, model, actions, count, details, answer);
      const { loaded, records } = decided;
      const said = explained && loaded && (await explanations());
      return said ? { ...answer, ...said.explainRanking(loaded, records[0]!, answer, details.explain) } : answer;
    });
  }

  /** As `rank`, at once: with what is here. @throws CodedError for what the caller does wrong. */
  rankSync(
    handle: SessionHandle,
    model: string,
    actions: Action[],
    slots: Properties[] | undefined,
    order: Action[],
    details: CallDetails,
  ): RankAnswer {
    if (this.#ended) throw this.#ended;
    const count = slots?.length ?? 0;
    const known = this.#known(handle, model, actions, count, details);
    if (known) return known;
    const call = this.#begun(handle, model, details);
    const way = ranking(order, slots);
    this.#identify(call);
    const serving = this.#model(model).atOnce(call.opened.session.unit);
    const decided = serving
      ? this.#decideSync(call, way, serving, (basis) => decideSlotsSync(serving.loaded, { ...basis, actions }, slots))
      : this.#undecided(call, way, "no-snapshot");
    void this.#keep(call, decided.records);
    const answer = rankAnswer(decided, slots);
    this.#stick(handle, model, actions, count, details, answer);
    return answer;
  }

  /** Whether the model is here, at the latest after `timeout` ms. @throws CodedError (as a rejection) when the edge knows no such model. */
  ready(handle: SessionHandle, model: string, details: CallDetails): Promise<boolean> {
    return this.#call(async () => {
      const serving = await this.#serving(this.#begun(handle, model, details));
      return typeof serving !== "string";
    });
  }

  predict(handle: SessionHandle, model: string, fallback: number, details: CallDetails): Promise<PredictAnswer> {
    return this.#call(async () => {
      const { records, loaded, ms } = await this.#decide(
        handle,
        model,
        details,
        { task: "predict", fallback: (call) => [fallbackPredict(call, fallback)] },
        async (loaded, basis, left) => {
          const outputs =
            loaded.graph && (await (await this.#options.graphs!()).default.runGraph(loaded, left, basis, callFeature));
          return [decidePredict(loaded, basis, outputs, new FeatureBudget(details.explain !== undefined))];
        },
      );
      const [record] = records;
      const answer = { ...predictResponse(record!), ...reasonOf(record!), ms };
      const said = details.explain !== undefined && loaded && (await explanations());
      return said ? { ...answer, ...said.explainPrediction(loaded, record!, answer, details.explain) } : answer;
    });
  }

  /** Resolves when it is stored, where it can be. */
  reward(id: string, value: number, final: boolean | undefined): Promise<void> {
    // Two rewards of one value in one millisecond are two rewards: the time tells them from a repeat.
    this.#lastFeedbackAt = Math.max(now(), this.#lastFeedbackAt + 1);
    // JSON has nothing that is undefined.
    const record = { format: RECORD_FORMAT, id, value, final, at: this.#lastFeedbackAt } as FeedbackRecord;
    return this.#call(() => this.#add([{ kind: "feedback", record }]));
  }

  /** Says that a decision was shown, once. Resolves when it is stored, where it can be. */
  shown(id: string): Promise<void> {
    return this.#call(async () => {
      if (this.#shown.has(id)) return;
      this.#shown.add(id);
      const record: ActivationRecord = { format: RECORD_FORMAT, id, at: now() };
      await this.#add([{ kind: "activation", record }]);
    });
  }

  /** @returns A function that ends the watch. */
  watch(element: Element, seen: () => void): () => void {
    const watching = this.#watcher.soon().then(({ watchElement }) => watchElement(element, seen));
    return () => void watching.then((end) => end());
  }

  flush(): Promise<void> {
    return this.#call(async () => {
      const offline = await this.#here();
      if (!offline) throw coded("the rest of the client cannot be loaded", "unreachable");
      await offline.sync.flush();
    });
  }

  /** From now on another is served, in a session of his own. */
  setUnit(unit: string | undefined): void {
    if (unit === undefined || this.#open.get(MAIN_SESSION)?.unit !== unit) this.#restart(unit);
  }

  /** What was stored before consent is withdrawn is forgotten; what is decided before it is given is not logged. */
  async consent(consent: Consent): Promise<void> {
    if (consent === this.#consent) return;
    const before = this.#isAllowed;
    this.#consent = consent;
    if (before && !this.#isAllowed) await this.forget();
    else if (!before && this.#isAllowed) this.#restart(this.#open.get(MAIN_SESSION)!.unit);
  }

  /** Forgets in this browser all that it stored, and who is served, unless the author says who that is. */
  async forget(): Promise<void> {
    this.#forgotten++;
    this.#texts.clear();
    this.#tabTexts.clear();
    this.#visitor.forget();
    this.#restart(this.#open.get(MAIN_SESSION)!.unit);
    this.#unsent.clear();
    await within(
      PATIENCE,
      this.#behind.soon().then((offline) => offline.forget()),
    );
  }

  /** What the first decision was made without; undefined where it cannot be had now, or hangs. */
  #here(): Promise<Offline | undefined> {
    return within(PATIENCE, this.#behind.now()).catch(() => undefined);
  }

  #restart(unit: string | undefined): void {
    this.#handed.clear();
    // What nobody has seen, another would.
    this.#unseen = [];
    for (const sticky of Object.values(this.#sticky)) sticky.clear();
    this.#open.get(MAIN_SESSION)?.session.release();
    this.#leave(null);
    this.#begin(unit);
    this.listeners.emit("unit", undefined);
  }

  /** Ends a session that was opened with `open`. */
  end(handle: SessionHandle): Promise<void> {
    const opened = this.#open.get(handle);
    this.#open.delete(handle);
    return this.#call(async () => {
      const offline = await this.#here();
      if (!offline) return;
      await opened?.ready;
      if (opened?.session.isKnown) await offline.sessions.end(opened.session);
    });
  }

  /** What is in the outbox is sent by the next client of this endpoint. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#listening.abort();
    this.#ended = coded("the client is closed", "closed");
    // What was made is stored before it is gone; where nobody asked for the part that stores, there is nothing.
    const offline = this.#behind.isAsked ? await this.#here() : undefined;
    await offline?.close(async () => {
      for (const { session, ready } of this.#open.values()) {
        await ready;
        session.release();
      }
    });
    for (const reject of this.#waiting) reject(this.#ended);
  }

  #call<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.add(reject);
      task()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** Begins the main session: the one that the page before left, or, where the page `isBack`, what `Sessions.main` says. */
  #begin(unit: string | undefined, isBack = false): void {
    const session = new SessionStore(this.#storage);
    const left = this.#tabTexts.read(SESSION);
    const handed = handedOver(left);
    if (handed && !isBack && isYoung(handed.issuedAt) && (unit ?? this.#visitor.id) === handed.unit) {
      void session.become(handed, null, handed);
      this.#leave(handed.id);
    }
    this.#opened(MAIN_SESSION, session, unit, async ({ sessions, afterStart }) => {
      // Without one it decides in a session of its own.
      await sessions.main(unit, handed ?? left, session).catch(() => {});
      if (session.isKnown) this.#leave(session.id);
      afterStart();
    });
  }

  /** For the next page of the tab. Where there is no room, that finds nothing rather than what was before. */
  #leave(what: unknown): void {
    if (!this.#tabTexts.write(SESSION, what)) this.#tabTexts.write(SESSION, null);
  }

  /** What was decided before, and is to be shown as long as the caller asks for it. It may not count yet: it was made where nobody saw it. */
  #known(handle: SessionHandle, model: string, actions: Action[], slots: number, details: CallDetails) {
    const { sticky, logged, deferred } = details;
    const handed = handle === MAIN_SESSION ? this.#handed.find(model, actions, slots, logged) : undefined;
    if (handed) this.#load(model);
    const kept =
      !handed && sticky
        ? this.#sticky[sticky.by].find(this.#stickyKey(handle, sticky, model, actions, slots), now())
        : undefined;
    const known = handed ?? kept?.answer;
    if (known && logged && !deferred && kept?.deferred !== false) {
      this.#unseen.push(...(known.slots ?? [known]).map(({ id }) => id));
      this.#see();
    }
    return known;
  }

  #stick(
    handle: SessionHandle,
    model: string,
    actions: Action[],
    slots: number,
    details: CallDetails,
    answer: RankAnswer,
  ): void {
    const { sticky, logged } = details;
    // Without consent it is this page's, and there is none for whom it would be logged.
    const isLost = this.#isAllowed && answer.id.startsWith(UNLOGGED);
    if (!sticky || !logged || isLost || answer.reason !== undefined) return;
    const key = this.#stickyKey(handle, sticky, model, actions, slots);
    const at = now();
    this.#sticky[sticky.by].keep(key, { until: at + sticky.ms, answer, deferred: this.#isDeferred({ details }) }, at);
  }

  #stickyKey(handle: SessionHandle, { by }: Sticky, model: string, actions: Action[], slots: number): string {
    const opened = this.#session(handle);
    this.#identify({ opened });
    const { unit, id } = opened.session;
    return JSON.stringify([by === "unit" ? unit : id, model, slots, actions.map((action) => action.id).sort()]);
  }

  /** Waits for model and session as long as the caller lets it, decides, and stores that. */
  async #decide<R extends DecisionRecord>(
    handle: SessionHandle,
    model: string,
    details: CallDetails,
    way: Way<R>,
    compute: (loaded: LoadedModel, basis: Basis, left: () => number) => Promise<R[]>,
  ): Promise<Decided<R>> {
    const call = this.#begun(handle, model, details);
    const forgotten = this.#forgotten;
    const serving = await this.#serving(call);
    const started = performance.now();
    let decided: Decided<R>;
    if (typeof serving === "string") decided = this.#undecided(call, way, serving);
    else {
      const { loaded } = serving;
      const basis = this.#basis(call, serving, way);
      try {
        const records = await compute(loaded, basis, call.left);
        decided = { records, loaded, ms: performance.now() - started };
      } catch (error) {
        decided = this.#failed(call, way, basis, error);
      }
    }
    // Who asked for it was forgotten while he waited: it is shown to him, and logged of nobody.
    if (forgotten !== this.#forgotten) for (const record of decided.records) record.id = unloggedId();
    else {
      const kept = this.#keep(call, decided.records);
      if (call.left() > 0) await within(call.left(), kept);
    }
    return decided;
  }

  #decideSync<R extends DecisionRecord>(
    call: Call,
    way: Way<R>,
    serving: Serving,
    compute: (basis: Basis) => R[],
  ): Decided<R> {
    const started = performance.now();
    const basis = this.#basis(call, serving, way);
    try {
      return { records: compute(basis), loaded: serving.loaded, ms: performance.now() - started };
    } catch (error) {
      return this.#failed(call, way, basis, error);
    }
  }

  /** @throws CodedError when the session is closed. */
  #begun(handle: SessionHandle, model: string, details: CallDetails): Call {
    const opened = this.#session(handle);
    this.#load(model);
    // Events that come while the model loads are later than this call.
    const { at, timeout } = details;
    const until = at + timeout - Math.min(now() - at, timeout / 4);
    return { opened, model, position: opened.session.position, details, left: () => until - now() };
  }

  /** Begins to load a model, and to follow it. A server makes a page and is done: it has what it was given, or waits for one. */
  #load(name: string): void {
    const model = this.#model(name);
    if (!globalThis.document) return;
    void this.#behind.soon().then(({ models }) => models.load(model));
  }

  #model(name: string): ServedModel {
    let model = this.#models.get(name);
    if (!model) {
      const { models = {} } = this.#options;
      const given = Object.hasOwn(models, name) ? models[name] : undefined;
      model = new ServedModel(name, this.#texts, given, (event) => this.listeners.emit("snapshot", event));
      this.#models.set(name, model);
    }
    return model;
  }

  /** What decides, or why nothing can. @throws CodedError when the edge knows no such model. */
  async #serving(call: Call): Promise<Serving | Code> {
    const { opened, model } = call;
    const { session } = opened;
    // One of the page's own, which it began with at once, may yet become a better.
    const isSettled = session.isKnown && (opened.isReady || session.issuedAt !== undefined);
    const served = this.#model(model);
    const here = isSettled ? served.ready(session.unit) : undefined;
    if (here) return here;
    let why: Code = "timeout";
    if (!this.#isAllowed) this.#identify(call);
    const load = async () => {
      if (!isSettled) await opened.ready;
      this.#identify(call);
      const { models } = await this.#behind.soon();
      return models.serving(served, session.unit);
    };
    try {
      const serving = await within(call.left(), load());
      if (serving) return serving;
    } catch (error) {
      why = codeOf(error) ?? "failed";
      if (why === "model-unknown") throw error;
      this.#warnOnce(`${model} cannot be had, and the fallback answers: ${error}`);
    }
    this.#identify(call);
    return served.atOnce(session.unit) ?? why;
  }

  /** Sees to it that the session has an id. */
  #identify({ opened: { session, unit } }: Pick<Call, "opened">): void {
    if (!session.isKnown) beginSession(session, unit, this.#texts, this.#visitor);
  }

  /** @throws CodedError when the model is for the other task. */
  #basis(call: Call, { loaded, assignment }: Serving, { task, actions }: Way<DecisionRecord>): Basis {
    const { model, position, details } = call;
    const { spec } = loaded;
    const { session } = call.opened;
    if (spec.task.type !== task)
      throw coded(`${model} is a model for ${spec.task.type}(), not for ${task}()`, "wrong-task");
    const { at } = details;
    const { features } = spec;
    this.#options.signals?.(spec, this.#noted, this.#listening.signal);
    return {
      ...this.#asked(call),
      id: this.#isLogged(call) ? session.takeDecisionId() : unloggedId(),
      sessionFeatures: session.features(features.session, at, position),
      profileFeatures: profileDefaults(features.profile),
      ...matching.of?.(features.action, actions, at, session, position),
      place: "browser",
      settled: true,
      assignment,
    };
  }

  /** What is known of a call, however it is decided. */
  #asked({ opened: { session }, details }: Call) {
    const { at, context } = details;
    return { unit: session.unit, session: session.id, at, context, deferred: this.#isDeferred({ details }) };
  }

  #undecided<R extends DecisionRecord>(call: Call, way: Way<R>, reason: Code): Decided<R> {
    const started = performance.now();
    const { opened, model } = call;
    const id = this.#isLogged(call) ? fallbackId(opened.session.id, randomId(4)) : unloggedId();
    return {
      records: way.fallback({ ...this.#asked(call), id, model, reason }),
      loaded: undefined,
      ms: performance.now() - started,
    };
  }

  /** @throws CodedError when it is the caller's own fault. */
  #failed<R extends DecisionRecord>(call: Call, way: Way<R>, { id }: Basis, error: unknown): Decided<R> {
    call.opened.session.giveBack(id);
    if (error instanceof TooManyFeatures) throw Object.assign(error, { code: "invalid" satisfies Code });
    this.#warnOnce(`${call.model} cannot decide, and the fallback answers: ${error}`);
    return this.#undecided(call, way, "failed");
  }

  #isLogged({ details }: Pick<Call, "details">): boolean {
    const isFull = this.#behind.value?.outbox.isFull ?? this.#unsent.size >= MAX_UNSENT;
    return details.logged && this.#isAllowed && !isFull;
  }

  #isDeferred({ details }: Pick<Call, "details">): boolean {
    return details.deferred || !isVisible();
  }

  /** Stores decisions, if they are to be logged. Whatever becomes of it, it does not reject. */
  async #keep({ opened: { session }, details }: Call, records: readonly DecisionRecord[]): Promise<void> {
    if (records[0]!.id.startsWith(UNLOGGED)) {
      if (details.logged && this.#isAllowed) this.#lose(records.length);
      return;
    }
    if (!details.deferred && records[0]!.deferred) this.#unseen.push(...records.map(({ id }) => id));
    await this.#add(
      records.map((record) => ({ kind: "decision", record })),
      session,
    );
  }

  /** @param session of decisions, whose numbers are stored with them. */
  async #add(entries: readonly Entry[], session?: SessionStore): Promise<void> {
    if (!this.#isAllowed || entries[0]!.record.id.startsWith(UNLOGGED)) return;
    let items: OutboxItem[];
    try {
      items = entries.map(toItem);
    } catch (error) {
      return this.#lose(entries.length, (error as Error).message);
    }
    const row = session?.row();
    const storing = this.#behind.soon().then(({ outbox }) => outbox.store(items, row));
    const stored = this.#unsent
      .put(items, storing)
      .catch(() => false)
      .then((isKept) => {
        if (!isKept) this.#lose(items.length);
        this.#behind.value?.sync.schedule();
      });
    // Where it cannot be stored yet, it is kept in memory, and sent when the page goes.
    if (await this.#here()) await stored;
    // A page that goes may not be able to send more.
    else if (this.#unsent.size > ENOUGH) void this.#sendUnsent();
  }

  #lose(count: number, why = "no more can wait for the edge"): void {
    this.#lost += count;
    this.#warnOnce(`what comes now is lost (see status().lost): ${why}`);
    this.#behind.value?.sync.schedule();
    this.#tell();
  }

  get #isAllowed(): boolean {
    return this.#consent === "granted" && !isOptedOut();
  }

  #session(handle: SessionHandle): Opened {
    const opened = this.#open.get(handle);
    if (!opened) throw coded("the session is closed", "closed");
    return opened;
  }

  readonly #wake = (): void => this.#behind.value?.wake();

  /** The page may be about to go, with what it is still storing. */
  readonly #hide = ({ type }: Event): void => {
    if (type !== "pagehide" && isVisible()) return;
    const { value: offline } = this.#behind;
    if (offline) offline.hide();
    else void this.#sendUnsent();
    if (type !== "pagehide") return;
    const { session } = this.#open.get(MAIN_SESSION)!;
    if (!session.isKnown) return;
    session.release();
    this.#leave(session.handOver());
  };

  /** What there is of the client sends what was made, all of it if it lives so long: should it be stored and sent again after all, it counts once. */
  async #sendUnsent(): Promise<void> {
    try {
      const { items, response } = (await sendAtOnce(this.#options, this.#unsent))!;
      // The log-in page of a network says something else.
      if (!("accepted" in (await response.json()))) return;
      for (const item of items) this.#unsent.items.delete(item);
      this.#tell();
      void this.#sendUnsent();
    } catch {
      // Nothing waits, or it waits on: for the page's end, or for the part that stores it.
    }
  }

  /** The page is seen, for the first time or again. */
  readonly #show = (event: Event): void => {
    // Of all that is heard here, only `pageshow` can be so.
    if ((event as PageTransitionEvent).persisted) this.#comeBack();
    if (isVisible()) this.#behind.value?.models.wake();
    this.#see();
  };

  #see(): void {
    if (isVisible()) for (const id of this.#unseen.splice(0)) this.shown(id).catch(() => {});
  }

  /**
   * Out of the back/forward cache. Other pages of the tab went on in its session, and the last may just be going: what they stored tells which numbers are left, once they
   * have given it up. Until then it decides in another.
   */
  #comeBack(): void {
    this.#begin(this.#open.get(MAIN_SESSION)!.unit, true);
    this.#wake();
  }

  readonly #said = new Set<string>();
  /** Tells the console what it was not told yet. */
  #warnOnce(message: string): void {
    if (this.#said.has(message) || this.#said.size > 20) return;
    this.#said.add(message);
    console.warn(`edgewise: ${message}`);
  }

  #tell(): void {
    this.listeners.emit("status", this.status);
  }
}

/** What few calls ask for; undefined where it cannot be loaded: they are answered without. */
const explanations = () => import("../../shared/decide/explain-decision.ts").catch(() => undefined);

/** A prerendered page may never be seen, nor one in a hidden tab. */
const isVisible = (): boolean => globalThis.document?.visibilityState === "visible" && !isPrerendering();

/** Global Privacy Control. On a server nobody was asked. */
const isOptedOut = (): boolean =>
  !globalThis.document || (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;

function rankAnswer({ records, ms }: Decided<RankDecision>, slots: unknown): RankAnswer {
  const response = slots ? slotsResponse(records) : rankResponse(records[0]!);
  return { ...response, ...reasonOf(records[0]!), ms };
}

function reasonOf({ computedBy: { reason } }: DecisionRecord): Pick<RankAnswer, "reason"> {
  return { ...(reason && { reason: reason as Code }) };
}
