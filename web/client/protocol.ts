import type { ProxyMarked } from "comlink";
import type { PredictResponse, RankResponse } from "../../shared/contract/calls.ts";
import type {
  Action,
  ActivationRecord,
  ComputedBy,
  FeedbackRecord,
  SessionEvent,
} from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";

/** What page and worker say to each other, through comlink. Messages arrive in order, so a track comes before later ranks. */

export type ConnectOptions = {
  /** Absolute URL of the edge, without a slash at the end. */
  endpoint: string;
  /** The page's publishable key; undefined: none. */
  key: string | undefined;
  /** Who is served; undefined: a random one, kept for all pages of the endpoint. */
  unit: string | undefined;
  /** The session that this tab had before it was reloaded. */
  resume: string | undefined;
};

/** A session of the page by the page's own number for it, which it has before the session has an id. */
export type SessionHandle = number;
/** The session that every client has. */
export const MAIN_SESSION: SessionHandle = 0;

export type Answer = {
  id: string;
  /** Model, version and snapshot: `home-hero@1.12`. */
  model: string;
  computedBy: ComputedBy;
  /** Time the worker took from features to decision, in ms; not the wait for a model to load, nor for storage. */
  ms: number;
};
export type RankAnswer = Answer & Pick<RankResponse, "chosen" | "ranking" | "slots">;
export type PredictAnswer = Answer & Pick<PredictResponse, "value" | "explanation">;
/** What comes with a call. */
export type CallDetails = {
  context: Properties;
  /** ms since the epoch. */
  at: number;
  /** Whether the decision counts only once it is activated. */
  deferred: boolean;
  /** How many contributions the explanation of each score names; none without it. */
  explain: number | undefined;
};

/** A model's newest snapshot has replaced the one before. */
export type SnapshotEvent = {
  model: string;
  /** Model, version and snapshot: `home-hero@1.12`. */
  label: string;
  /**
   * Age of the newest feedback in the snapshot at the moment when this page began to decide with it, in ms: what it took from the edge's
   * receiving it, by the edge's clock until the notice was sent, by the page's from then on. Null when it was not measured: the
   * page was not connected when the snapshot was published, or there is no feedback in it.
   */
  feedbackAgeMs: number | null;
  /** Examples learned so far. */
  examples: number;
};
export type Status = {
  /** Whether the edge answered when it was last asked. */
  online: boolean;
  /** Decisions and feedback in the outbox that the edge has not acknowledged. */
  pending: number;
};
/** The edge did not take an item. It is no longer in the outbox; what the edge answered for by item is in its dead letters. */
export type RejectedEvent = { kind: "decision" | "feedback" | "activation"; id: string; problem: string };

export type ClientEvents = { snapshot: SnapshotEvent; status: Status; rejected: RejectedEvent };
export type ClientEvent = {
  [Type in keyof ClientEvents]: { type: Type; detail: ClientEvents[Type] };
}[keyof ClientEvents];

export interface WorkerApi {
  /** Opens the main session. Answers when it is open, with its id and whether this tab may resume it after a reload. */
  connect(
    options: ConnectOptions,
    listener: ((event: ClientEvent) => void) & ProxyMarked,
  ): Promise<{ session: string; resumable: boolean }>;
  open(session: SessionHandle, unit: string | undefined): Promise<void>;
  track(session: SessionHandle, event: SessionEvent): Promise<void>;
  /** @param slots of each slot to fill what is known of it; undefined: one action is chosen. */
  rank(
    session: SessionHandle,
    model: string,
    actions: Action[],
    slots: Properties[] | undefined,
    details: CallDetails,
  ): Promise<RankAnswer>;
  predict(session: SessionHandle, model: string, details: CallDetails): Promise<PredictAnswer>;
  reward(feedback: FeedbackRecord): Promise<void>;
  activate(activation: ActivationRecord): Promise<void>;
  flush(): Promise<void>;
  /** The page may be about to go: send what fits into a request that outlives it. */
  hide(): Promise<void>;
  /** Ends a session that was opened with `open`. */
  end(session: SessionHandle): Promise<void>;
  close(): Promise<void>;
}
