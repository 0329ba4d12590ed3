import type { StorageState } from "./database.ts";

/** What a client tells those who listen to it. */

/** Whether there is a network, as far as this place can tell. Older Nodes have no navigator, and newer ones do not say. */
export const hasNetwork = (): boolean => globalThis.navigator?.onLine !== false;

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
  /** Where they are kept meanwhile: in the browser's storage, or, while that cannot be had or is full, in this page alone. */
  storage: StorageState;
  /** Decisions and feedback that could not be kept, and are not known to the edge. */
  lost: number;
};
/** The edge did not take an item. It is no longer in the outbox; what the edge answered for by item is in its dead letters. */
export type RejectedEvent = { kind: "decision" | "feedback" | "activation"; id: string; problem: string };

/** A decision is shown: from when it is made, or, of a deferred one, from when that was said. */
type ShownEvent = { id: string; model: string };

/** `unit`: another is served from now on, or the same in another session; what was decided before was not for him. */
export type ClientEvents = {
  snapshot: SnapshotEvent;
  status: Status;
  rejected: RejectedEvent;
  shown: ShownEvent;
  unit: undefined;
};

/** Who listens to a client. */
export class Listeners {
  readonly #of: { [Type in keyof ClientEvents]?: Set<(detail: ClientEvents[Type]) => void> } = {};

  /** @returns A function that ends the subscription. */
  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void {
    const listeners: Set<(detail: ClientEvents[Type]) => void> = this.#of[type] ?? new Set();
    this.#of[type] = listeners as never;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** What a listener throws holds up nothing here. Servers have no `reportError`. */
  emit<Type extends keyof ClientEvents>(type: Type, detail: ClientEvents[Type]): void {
    for (const listener of this.#of[type] ?? [])
      try {
        listener(detail);
      } catch (error) {
        console.error(error);
      }
  }
}
