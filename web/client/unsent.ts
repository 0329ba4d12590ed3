import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import type { ActivationRecord, DecisionRecord, FeedbackRecord, RankDecision } from "../../shared/contract/record.ts";
import type { OutboxItem } from "./stores.ts";

/** Bytes around the items of a batch. */
export const ENVELOPE_BYTES = 128;

/** Of an item that is not stored yet. Those of the store begin at 1. */
export const NO_KEY = 0;

export type Entry =
  | { kind: "decision"; record: DecisionRecord }
  | { kind: "feedback"; record: FeedbackRecord }
  | { kind: "activation"; record: ActivationRecord };

/** Lists of actions as JSON: they come again and again, and nobody changes them (check.ts). */
const lists = new WeakMap<object, string>();

/** @throws TypeError when the edge would not take an entry this large. */
export function toItem({ kind, record }: Entry): OutboxItem {
  const { actions, ...others } = record as RankDecision;
  let body = JSON.stringify(others);
  if (actions) {
    const list = lists.get(actions) ?? JSON.stringify(actions);
    lists.set(actions, list);
    body = `${body.slice(0, -1)},"actions":${list}}`;
  }
  const size = new TextEncoder().encode(body).length;
  if (size > MAX_BODY_BYTES - ENVELOPE_BYTES) throw new TypeError("it is larger than the edge takes");
  return { key: NO_KEY, kind, id: record.id, body, size };
}

/** What this page made and the edge has not acknowledged yet, from when it is made: in memory, whether it is stored or not. */
export class Unsent {
  /** Each with what stores it, which is done when it has its key. */
  readonly items = new Map<OutboxItem, Promise<unknown>>();

  get size(): number {
    return this.items.size;
  }

  /**
   * @param stored resolves when the items are stored, to whether there was room for them.
   * @returns the same. What finds no room, or cannot be stored, is dropped.
   */
  async put(items: readonly OutboxItem[], stored: Promise<boolean>): Promise<boolean> {
    for (const item of items) this.items.set(item, stored);
    let kept = false;
    try {
      kept = await stored;
    } finally {
      if (!kept) for (const item of items) this.items.delete(item);
    }
    return kept;
  }

  /** The oldest that come to so many bytes at most. One that is larger is passed over. */
  oldest(bytes: number): OutboxItem[] {
    let left = bytes;
    return [...this.items.keys()].filter(({ size }) => {
      const fits = size < left;
      if (fits) left -= size + 1;
      return fits;
    });
  }

  clear(): void {
    this.items.clear();
  }
}
