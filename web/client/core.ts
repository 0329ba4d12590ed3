import { RECORD_FORMAT } from "../../shared/contract/format.ts";
import type {
  Action,
  ActivationRecord,
  Assignment,
  DecisionRecord,
  FeedbackRecord,
  SessionEvent,
} from "../../shared/contract/record.ts";
import type { FeatureValues, Properties } from "../../shared/contract/values.ts";
import { decidePredict, predictResponse, rankResponse } from "../../shared/decide/decide.ts";
import { decideSlots, slotsResponse } from "../../shared/decide/decide-slots.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import { runGraph } from "../../shared/decide/run-graph.ts";
import { FeatureBudget } from "../../shared/features/feature-limit.ts";
import { profileValues } from "../../shared/features/profile.ts";
import type { Answer, CallDetails, PredictAnswer, RankAnswer } from "./answers.ts";
import { Artifacts } from "./artifacts.ts";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { Listeners } from "./events.ts";
import type { LoadGraphs } from "./graphs.ts";
import { Models } from "./models.ts";
import { Outbox } from "./outbox.ts";
import type { SessionStore } from "./session-store.ts";
import { Sessions } from "./sessions.ts";
import { Sync } from "./sync.ts";
import { tabStorage } from "./tab-storage.ts";

/** Where a client's decisions come from and go to; undefined where nothing is said. */
export type CoreOptions = {
  /** Absolute URL of the edge, without a slash at the end. */
  endpoint: string;
  /** The page's publishable key. */
  key: string | undefined;
  /** Who is served; undefined: a random one, kept for all pages of the endpoint. */
  unit: string | undefined;
  /** Loads what models with a graph need. */
  graphs: LoadGraphs | undefined;
};

/** A session of the page by the page's own number for it, which it has before the session has an id. */
export type SessionHandle = number;
/** The session that every client has. */
export const MAIN_SESSION: SessionHandle = 0;

/** What of a call both tasks need. */
type Basis = {
  id: string;
  unit: string;
  session: string;
  at: number;
  context: Properties;
  sessionFeatures: FeatureValues;
  profileFeatures: FeatureValues;
  place: "browser";
  assignment: Assignment;
  deferred: boolean;
};

/** Puts a client's parts together, and decides: on the page's main thread, where a linear head takes less time than the way to a worker. */
export class Core {
  readonly listeners = new Listeners();
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #sync: Sync;
  readonly #models: Models;
  readonly #sessions: Sessions;
  readonly #open = new Map<SessionHandle, Promise<SessionStore>>();
  /** Calls without an answer: the end of the client answers them. */
  readonly #waiting = new Set<(error: Error) => void>();
  #ended: Error | undefined;
  #pending = 0;
  #lastFeedbackAt = 0;

  constructor({ endpoint, key, unit, graphs }: CoreOptions) {
    const place = `edgewise ${endpoint}`;
    this.#database = new Database(place);
    const changed = (online: boolean) => {
      this.#tell();
      if (online) this.#wake();
    };
    this.#connection = new Connection(endpoint, changed, key);
    this.#outbox = new Outbox(this.#database, ({ items }) => {
      this.#pending = items;
      this.#tell();
    });
    this.#sync = new Sync(this.#outbox, this.#connection, (detail) => this.listeners.emit("rejected", detail));
    this.#models = new Models(new Artifacts(this.#database, this.#connection), this.#connection, graphs, (detail) =>
      this.listeners.emit("snapshot", detail),
    );
    this.#sessions = new Sessions(this.#database, this.#connection);
    addEventListener("online", this.#wake);
    addEventListener("pagehide", this.#hide);
    document.addEventListener("visibilitychange", this.#hide);

    const main = this.#sessions.main(unit, tabStorage()?.getItem(place) ?? undefined);
    this.#open.set(MAIN_SESSION, main);
    main.then(
      ({ id, claimed }) => {
        if (claimed) tabStorage()?.setItem(place, id);
        this.#afterStart();
      },
      // Every call of the session rejects with what is wrong.
      () => {},
    );
  }

  get status() {
    return { online: this.#connection.online, pending: this.#pending };
  }

  /** Should it fail, the session's calls say so. */
  open(handle: SessionHandle, unit: string | undefined): void {
    const session = this.#sessions.open(unit);
    session.catch(() => {});
    this.#open.set(handle, session);
  }

  track(handle: SessionHandle, event: SessionEvent): Promise<void> {
    return this.#call(async () => (await this.#session(handle)).track(event));
  }

  /** @param slots of each slot to fill what is known of it; undefined: one action is chosen. */
  rank(
    handle: SessionHandle,
    model: string,
    actions: Action[],
    slots: Properties[] | undefined,
    details: CallDetails,
  ): Promise<RankAnswer> {
    const explained = details.explain !== undefined;
    return this.#decide(
      handle,
      model,
      "rank",
      details,
      (deciding, basis) => decideSlots(deciding, { ...basis, actions }, slots, graphFailed, explained),
      async (loaded, records) => {
        const response = slots ? slotsResponse(records) : rankResponse(records[0]!);
        if (!explained) return response;
        const { explainRanking } = await import("../../shared/decide/explain-decision.ts");
        return explainRanking(loaded, records[0]!, response, details.explain);
      },
    );
  }

  predict(handle: SessionHandle, model: string, details: CallDetails): Promise<PredictAnswer> {
    return this.#decide(
      handle,
      model,
      "predict",
      details,
      async (deciding, basis) => [
        decidePredict(
          deciding,
          basis,
          await runGraph(deciding, basis, graphFailed),
          new FeatureBudget(details.explain !== undefined),
        ),
      ],
      async (loaded, [record]) => {
        const response = predictResponse(record!);
        if (details.explain === undefined) return response;
        const { explainPrediction } = await import("../../shared/decide/explain-decision.ts");
        return explainPrediction(loaded, record!, response, details.explain);
      },
    );
  }

  /** Resolves when it is stored. */
  reward(id: string, value: number, final: boolean | undefined): Promise<void> {
    // Two rewards of one value in one millisecond are two rewards: the time tells them from a repeat.
    this.#lastFeedbackAt = Math.max(Date.now(), this.#lastFeedbackAt + 1);
    const record: FeedbackRecord = {
      format: RECORD_FORMAT,
      id,
      value,
      ...(final !== undefined && { final }),
      at: this.#lastFeedbackAt,
    };
    return this.#call(async () => {
      await this.#outbox.add([{ kind: "feedback", record }]);
      this.#sync.schedule();
    });
  }

  /** Resolves when it is stored. */
  activate(id: string): Promise<void> {
    const record: ActivationRecord = { format: RECORD_FORMAT, id, at: Date.now() };
    return this.#call(async () => {
      await this.#outbox.add([{ kind: "activation", record }]);
      this.#sync.schedule();
    });
  }

  flush(): Promise<void> {
    return this.#call(() => this.#sync.flush());
  }

  /** Ends a session that was opened with `open`. */
  end(handle: SessionHandle): Promise<void> {
    const session = this.#open.get(handle);
    this.#open.delete(handle);
    return this.#call(async () => (await session)?.delete());
  }

  /** What is in the outbox is sent by the next client of this endpoint. */
  async close(): Promise<void> {
    if (this.#ended) return;
    removeEventListener("online", this.#wake);
    removeEventListener("pagehide", this.#hide);
    document.removeEventListener("visibilitychange", this.#hide);
    this.#ended = new Error("the client is closed");
    await this.#models.keep();
    this.#models.close();
    await this.#sync.close();
    for (const session of this.#open.values()) (await session.catch(() => undefined))?.release();
    await this.#database.close();
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

  /** Features, decisions, and the transaction that stores them with the session's next number. Resolves when that is done. */
  #decide<Record extends DecisionRecord, Response>(
    handle: SessionHandle,
    model: string,
    task: Record["task"],
    { context, at, deferred }: CallDetails,
    compute: (loaded: LoadedModel, basis: Basis) => Promise<Record[]>,
    respond: (loaded: LoadedModel, records: Record[]) => Promise<Response>,
  ): Promise<Response & Pick<Answer, "computedBy" | "ms">> {
    return this.#call(async () => {
      this.#models.load(model);
      const session = await this.#session(handle);
      // Events that come while the model loads are later than this call.
      const { position } = session;
      const { loaded, assignment } = await this.#models.serving(model, session.unit);
      if (loaded.spec.task.type !== task)
        throw new Error(`${model} is a model for ${loaded.spec.task.type}(), not for ${task}()`);
      const started = performance.now();
      const { features } = loaded.spec;
      const id = session.takeDecisionId();
      try {
        const records = await compute(loaded, {
          id,
          unit: session.unit,
          session: session.id,
          at,
          context,
          sessionFeatures: session.features(features.session, at, position),
          profileFeatures: profileValues(features.profile, {}, at),
          place: "browser",
          assignment,
          deferred,
        });
        const ms = performance.now() - started;
        const entries = records.map((record) => ({ kind: "decision" as const, record }));
        await this.#outbox.add(entries, session.row());
        this.#sync.schedule();
        return { ...(await respond(loaded, records)), computedBy: records[0]!.computedBy, ms };
      } catch (error) {
        session.giveBack(id);
        throw error;
      }
    });
  }

  #session(handle: SessionHandle): Promise<SessionStore> {
    return this.#open.get(handle) ?? Promise.reject(new Error("the session is closed"));
  }

  /** What can wait until the page has its session. */
  #afterStart(): void {
    this.#sync.schedule();
    this.#sessions.refill().catch(() => {});
    this.#sessions.forgetOld(Date.now()).catch(() => {});
  }

  readonly #wake = (): void => {
    this.#sync.wake();
    this.#models.wake();
    this.#sessions.refill().catch(() => {});
  };

  /** The page may be about to go, with what it is still storing. */
  readonly #hide = ({ type }: Event): void => {
    if (type === "visibilitychange" && document.visibilityState !== "hidden") return;
    this.#sync.sendFresh();
    this.#models.keep().catch(() => {});
  };

  #tell(): void {
    this.listeners.emit("status", this.status);
  }
}

const graphFailed = (error: unknown): void => console.warn(`edgewise: a decision was made without the graph: ${error}`);
