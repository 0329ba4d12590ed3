import { proxy, type Remote, wrap } from "comlink";
import { ENVELOPE_FORMAT, RECORD_FORMAT } from "../../shared/contract/format.ts";
import type { ActivationRecord, FeedbackRecord } from "../../shared/contract/record.ts";
import { keyHeader } from "./connection.ts";
import type { ClientEvent, ClientEvents, Status, WorkerApi } from "./protocol.ts";

/** The page's end of the line to its worker. */
export class Channel {
  readonly #worker: Worker;
  readonly #api: Remote<WorkerApi>;
  readonly #endpoint: string;
  readonly #key: string | undefined;
  readonly #listeners: { [Type in keyof ClientEvents]: Set<(detail: ClientEvents[Type]) => void> } = {
    snapshot: new Set(),
    status: new Set(),
    rejected: new Set(),
  };
  /** Calls without an answer; what ends the worker must answer them. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** What the worker has not stored yet. */
  readonly #unstored = { feedback: new Set<FeedbackRecord>(), activations: new Set<ActivationRecord>() };
  #lastFeedbackAt = 0;
  #ended: Error | undefined;
  #status: Status = { online: navigator.onLine, pending: 0 };

  /** @param endpoint Absolute URL without a slash at the end. */
  constructor(worker: Worker, endpoint: string, key: string | undefined, unit: string | undefined) {
    this.#worker = worker;
    this.#endpoint = endpoint;
    this.#key = key;
    this.#api = wrap<WorkerApi>(worker);
    // After the start, an error in the worker belongs to the call it happened in, which rejects.
    const failed = () => this.#end(new Error("the worker did not start: its script could not be loaded or run"));
    worker.addEventListener("error", failed);
    const place = `edgewise ${endpoint}`;
    const options = { endpoint, key, unit, resume: tabStorage()?.getItem(place) ?? undefined };
    this.call((api) =>
      api.connect(
        options,
        proxy((event) => this.#dispatch(event)),
      ),
    ).then(
      ({ session, resumable }) => {
        worker.removeEventListener("error", failed);
        if (resumable) tabStorage()?.setItem(place, session);
      },
      // Every later call rejects with what is wrong.
      () => {},
    );
    document.addEventListener("visibilitychange", this.#hide);
    addEventListener("pagehide", this.#hide);
  }

  get status(): Status {
    return this.#status;
  }

  /** Asks the worker. The message is sent before this returns, so calls arrive in their order. */
  call<T>(ask: (api: Remote<WorkerApi>) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.add(reject);
      ask(this.#api)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** Resolves when the feedback is stored. */
  async feedback(given: Omit<FeedbackRecord, "at" | "format">): Promise<void> {
    // Two rewards of one value in one millisecond are two rewards: the time tells them from a repeat.
    this.#lastFeedbackAt = Math.max(Date.now(), this.#lastFeedbackAt + 1);
    const record: FeedbackRecord = { format: RECORD_FORMAT, ...given, at: this.#lastFeedbackAt };
    await this.#store(this.#unstored.feedback, record, (api) => api.reward(record));
  }

  /** Resolves when the activation is stored. */
  async activate(id: string): Promise<void> {
    const record: ActivationRecord = { format: RECORD_FORMAT, id, at: Date.now() };
    await this.#store(this.#unstored.activations, record, (api) => api.activate(record));
  }

  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void {
    this.#listeners[type].add(listener);
    return () => this.#listeners[type].delete(listener);
  }

  async close(): Promise<void> {
    document.removeEventListener("visibilitychange", this.#hide);
    removeEventListener("pagehide", this.#hide);
    await this.call((api) => api.close()).catch(() => {});
    this.#end(new Error("the client is closed"));
  }

  #end(why: Error): void {
    this.#ended = why;
    this.#worker.terminate();
    for (const reject of this.#waiting) reject(why);
  }

  async #store<R>(unstored: Set<R>, record: R, ask: (api: Remote<WorkerApi>) => Promise<void>): Promise<void> {
    unstored.add(record);
    try {
      await this.call(ask);
    } finally {
      unstored.delete(record);
    }
  }

  #dispatch(event: ClientEvent): void {
    if (event.type === "status") this.#status = event.detail;
    const listeners = this.#listeners[event.type] as Set<(detail: ClientEvent["detail"]) => void>;
    for (const listener of listeners) listener(event.detail);
  }

  readonly #hide = (event: Event): void => {
    if (event.type === "visibilitychange" && document.visibilityState !== "hidden") return;
    this.call((api) => api.hide()).catch(() => {});
    const feedback = [...this.#unstored.feedback];
    const activations = [...this.#unstored.activations];
    if (event.type !== "pagehide" || feedback.length + activations.length === 0) return;
    // A click that leads away ends the worker, perhaps before it has stored the reward. If both arrive, it counts once.
    fetch(`${this.#endpoint}/v1/batch`, {
      method: "POST",
      headers: { "content-type": "application/json", ...keyHeader(this.#key) },
      body: JSON.stringify({ format: ENVELOPE_FORMAT, sentAt: Date.now(), feedback, activations }),
      keepalive: true,
    }).catch(() => {});
  };
}

/** What belongs to this tab and outlives a reload; undefined where the browser's settings forbid it. */
function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
