import { canonicalJson } from "../contract/canonical.ts";
import { MAX_EVENTS } from "../contract/limits.ts";
import type { SessionEvent } from "../contract/record.ts";

type Entry<T> = { event: SessionEvent; value: T };

/**
 * What one operator keeps of the session: a value for each of its events, in event order. That is the order of `at`, and
 * for events of the same millisecond the order of their canonical content, so it does not depend on arrival.
 *
 * The newest MAX_EVENTS are kept. That is the only thing that makes an entry leave: a window that has passed does not,
 * because a decision may ask for an earlier time than the one before it. So what is kept depends only on what was added.
 *
 * An event in order is appended; a late one is searched for its place. Events must not be changed after they are added.
 */
export class EventHistory<T> {
  readonly #entries: Entry<T>[] = [];

  add(event: SessionEvent, value: T): void {
    const entries = this.#entries;
    const { at } = event;
    const place = this.#count(
      ({ event: other }) =>
        other.at < at || (other.at === at && canonicalJson(other.properties) <= canonicalJson(event.properties)),
    );
    entries.splice(place, 0, { event, value });
    if (entries.length > MAX_EVENTS) entries.shift();
  }

  /** Number of entries up to and including the time `at`: they are those before this index. */
  until(at: number): number {
    return this.#count(({ event }) => event.at <= at);
  }

  /** How many entries are before something, as the first ones are. Most often all are, so the last is looked at first. */
  #count(isBefore: (entry: Entry<T>) => boolean): number {
    const entries = this.#entries;
    let low = 0;
    let high = entries.length;
    for (let middle = high - 1; low < high; middle = (low + high) >> 1) {
      if (isBefore(entries[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  value(index: number): T {
    return this.#entries[index]!.value;
  }

  at(index: number): number {
    return this.#entries[index]!.event.at;
  }
}
