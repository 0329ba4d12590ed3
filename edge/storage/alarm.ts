/** An alarm that is so long overdue failed, and waits for the platform's next try, ms: that pause grows to minutes. */
const OVERDUE = 1000;

/**
 * The one alarm of a Durable Object, for everything that wants to be woken. It is persisted with the writes of the
 * same turn, so it survives a crash whenever they do.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  #at = Number.POSITIVE_INFINITY;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Must have been awaited before any other method. */
  async load(): Promise<void> {
    this.#at = (await this.#storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
  }

  /** Makes sure that the object is woken at `time` (ms since the epoch) or before. */
  noLaterThan(time: number): void {
    if (time >= this.#at && this.#at > Date.now() - OVERDUE) return;
    this.#at = time;
    // Not awaited: a write of the same turn, confirmed with the others before anything leaves the object.
    void this.#storage.setAlarm(time);
  }

  /** There is nothing to be woken for. */
  clear(): void {
    if (this.#at === Number.POSITIVE_INFINITY) return;
    this.#at = Number.POSITIVE_INFINITY;
    void this.#storage.deleteAlarm();
  }

  /** The alarm rang: it is no longer set. */
  rang(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }
}
