import { MAX_KEY_LENGTH, SESSION_DAYS } from "../../shared/contract/limits.ts";
import type { KeptTexts } from "./kept-texts.ts";
import { randomId } from "./random-id.ts";
import type { HandedOver, SessionStore } from "./session-store.ts";
import type { SpareSession } from "./stores.ts";
import type { Visitor } from "./visitor.ts";

/**
 * From what age on, in ms, no page begins to use an issued session, nor goes on with it after a reload: what is decided in it must come to the edge
 * within SESSION_DAYS, and a page may be off line for long.
 */
const OLD = (SESSION_DAYS / 3) * 24 * 3_600_000;

/**
 * Gives a session an id now: of the one that is kept for this, or one of the page's own, with which it goes on until there is a better. Pages that are prerendered may
 * be several at once, in processes that do not yet see what another has taken, so none of them takes it.
 */
export function beginSession(
  session: SessionStore,
  unit: string | undefined,
  texts: KeptTexts,
  visitor: Visitor,
): void {
  const spare = isPrerendering() ? undefined : texts.read<SpareSession>("spare");
  if (spare) texts.write("spare", null);
  const { id, at } = isSessionId(spare?.id) && isYoung(spare?.at) ? spare! : ownSession();
  const who = unit ?? visitor.id ?? visitor.settle(randomId());
  void session.become({ id, unit: who, next: 0, issuedAt: at }, null);
}

/** Whether the browser makes the page for a visitor who may never come. */
export const isPrerendering = () => (globalThis.document as { prerendering?: boolean } | undefined)?.prerendering;

export const isSessionId = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && value.length <= MAX_KEY_LENGTH && !value.includes(".");

/** Clocks of pages are corrected by days: a time that is yet to come says nothing. */
export function isYoung(at: number | undefined): boolean {
  const age = Date.now() - (at ?? Number.NaN);
  return age >= 0 && age < OLD;
}

/** Neither a spare nor the edge: the page decides all the same, in a session of its own. */
export const ownSession = () => ({ id: `local-${randomId()}`, at: undefined });

/** What the page before left of its session, if that is all of it: storage may hold anything, of another release or broken. */
export function handedOver(left: unknown): HandedOver | undefined {
  const { id, events, next, first } = (left ?? {}) as HandedOver;
  const isWhole = isSessionId(id) && Number.isInteger(next + first) && Array.isArray(events);
  return isWhole && events.every((one) => one?.properties) ? (left as HandedOver) : undefined;
}
