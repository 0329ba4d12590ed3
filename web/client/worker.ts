import { expose } from "comlink";
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
import { explainPrediction, explainRanking } from "../../shared/decide/explain-decision.ts";
import type { LoadedModel } from "../../shared/decide/loaded-model.ts";
import { runGraph } from "../../shared/decide/run-graph.ts";
import { FeatureBudget } from "../../shared/features/feature-limit.ts";
import { profileValues } from "../../shared/features/profile.ts";
import { Artifacts } from "./artifacts.ts";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { Models } from "./models.ts";
import { Outbox } from "./outbox.ts";
import {
  type CallDetails,
  type ClientEvent,
  type ConnectOptions,
  MAIN_SESSION,
  type PredictAnswer,
  type RankAnswer,
  type SessionHandle,
  type WorkerApi,
} from "./protocol.ts";
import type { SessionStore } from "./session-store.ts";
import { Sessions } from "./sessions.ts";
import { Sync } from "./sync.ts";

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

/** The worker's side of a client: puts the parts together and decides. */
class ClientWorker implements WorkerApi {
  // Set by connect, which the page calls first.
  #database!: Database;
  #connection!: Connection;
  #outbox!: Outbox;
  #sync!: Sync;
  #models!: Models;
  #sessions!: Sessions;
  #emit!: (event: ClientEvent) => void;
  #pending = 0;
  readonly #open = new Map<SessionHandle, Promise<SessionStore>>();

  async connect(
    { endpoint, key, unit, resume }: ConnectOptions,
    listener: (event: ClientEvent) => void,
  ): Promise<{ session: string; resumable: boolean }> {
    this.#emit = listener;
    this.#database = new Database(`edgewise ${endpoint}`);
    const changed = (online: boolean) => {
      this.#status();
      if (online) this.#wake();
    };
    this.#connection = new Connection(endpoint, changed, key);
    this.#outbox = new Outbox(this.#database, ({ items }) => {
      this.#pending = items;
      this.#status();
    });
    this.#sync = new Sync(this.#outbox, this.#connection, (detail) => this.#emit({ type: "rejected", detail }));
    this.#models = new Models(new Artifacts(this.#database, this.#connection), this.#connection, (detail) =>
      this.#emit({ type: "snapshot", detail }),
    );
    this.#sessions = new Sessions(this.#database, this.#connection);
    self.addEventListener("online", () => this.#wake());

    const main = this.#sessions.main(unit, resume);
    this.#open.set(MAIN_SESSION, main);
    const session = await main;
    this.#afterStart();
    return { session: session.id, resumable: session.claimed };
  }

  async open(handle: SessionHandle, unit: string | undefined): Promise<void> {
    const session = this.#sessions.open(unit);
    this.#open.set(handle, session);
    await session;
  }

  async track(handle: SessionHandle, event: SessionEvent): Promise<void> {
    const session = await this.#session(handle);
    await session.track(event);
  }

  async rank(
    handle: SessionHandle,
    model: string,
    actions: Action[],
    slots: Properties[] | undefined,
    details: CallDetails,
  ): Promise<RankAnswer> {
    const { loaded, records, ms } = await this.#decide(handle, model, "rank", details, (deciding, basis) =>
      decideSlots(deciding, { ...basis, actions }, slots, graphFailed, details.explain !== undefined),
    );
    const first = records[0]!;
    const response = slots ? slotsResponse(records) : rankResponse(first);
    return {
      ...explainRanking(loaded, first, response, details.explain),
      computedBy: first.computedBy,
      ms,
    };
  }

  async predict(handle: SessionHandle, model: string, details: CallDetails): Promise<PredictAnswer> {
    const { loaded, records, ms } = await this.#decide(handle, model, "predict", details, async (deciding, basis) => [
      decidePredict(
        deciding,
        basis,
        await runGraph(deciding, basis, graphFailed),
        new FeatureBudget(details.explain !== undefined),
      ),
    ]);
    const record = records[0]!;
    const response = predictResponse(record);
    return {
      ...explainPrediction(loaded, record, response, details.explain),
      computedBy: record.computedBy,
      ms,
    };
  }

  async reward(record: FeedbackRecord): Promise<void> {
    await this.#outbox.add([{ kind: "feedback", record }]);
    this.#sync.schedule();
  }

  async activate(record: ActivationRecord): Promise<void> {
    await this.#outbox.add([{ kind: "activation", record }]);
    this.#sync.schedule();
  }

  flush(): Promise<void> {
    return this.#sync.flush();
  }

  async hide(): Promise<void> {
    await Promise.all([this.#sync.flush({ keepalive: true }).catch(() => {}), this.#models.keep()]);
  }

  async end(handle: SessionHandle): Promise<void> {
    const session = this.#open.get(handle);
    this.#open.delete(handle);
    await (await session)?.delete();
  }

  async close(): Promise<void> {
    await this.#models.keep();
    this.#models.close();
    await this.#sync.close();
    for (const session of this.#open.values()) (await session.catch(() => undefined))?.release();
    await this.#database.close();
  }

  /** Features, decisions, and the transaction that stores them with the session's next number. Resolves when that is done. */
  async #decide<Record extends DecisionRecord>(
    handle: SessionHandle,
    model: string,
    task: Record["task"],
    { context, at, deferred }: CallDetails,
    compute: (loaded: LoadedModel, basis: Basis) => Promise<Record[]>,
  ): Promise<{ loaded: LoadedModel; records: Record[]; ms: number }> {
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
      return { loaded, records, ms };
    } catch (error) {
      session.giveBack(id);
      throw error;
    }
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

  #wake(): void {
    this.#sync.wake();
    this.#models.wake();
    this.#sessions.refill().catch(() => {});
  }

  #status(): void {
    this.#emit({ type: "status", detail: { online: this.#connection.online, pending: this.#pending } });
  }
}

const graphFailed = (error: unknown): void => console.warn(`edgewise: a decision was made without the graph: ${error}`);

expose(new ClientWorker());
