import { parseKey } from "../../shared/contract/key-text.ts";
import {
  MAX_ACTIONS,
  MAX_CONTRIBUTIONS,
  MAX_ID_LENGTH,
  MAX_KEY_LENGTH,
  MAX_LIST_VALUES,
  MAX_PROPERTIES,
  MAX_SLOTS,
  MAX_STRING_LENGTH,
} from "../../shared/contract/limits.ts";
import type { Action } from "../../shared/contract/record.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Sticky } from "./answers.ts";
import type { Code } from "./errors.ts";
import type { HandedDecision } from "./handed-decisions.ts";

type Scalar = string | number | boolean | null;

/**
 * The rules of the schemas in shared/spec for what a caller passes in, without the schemas: they would be most of the page's
 * code. Each throws a TypeError that names the place, such as `actions[3].id`. An undefined property is a missing one.
 */

const DAY = 24 * 3_600_000;
const MODEL_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const EVENT_TYPE = /^[A-Za-z0-9_-]{1,64}$/;
const PRINTABLE = /^[^\p{C}]+$/u;

/**
 * Where the edge is. What is wrong is said without the address: there may be a secret in it.
 * @param page address of the page, which an endpoint may be relative to; undefined where there is no page.
 * @returns an absolute URL without a slash at the end.
 */
export function checkEndpoint(endpoint: unknown, page: string | undefined): string {
  const url = urlOf(endpoint, page);
  if (!url || !/^https?:$/.test(url.protocol))
    return fail(
      "endpoint",
      `must be an address with http:// or https://${page ? ", or a path" : ": there is no page here"}`,
    );
  if (url.search || url.hash || url.username || url.password)
    fail("endpoint", "must have no query, fragment or credentials: key is an option of its own");
  return url.href.replace(/\/+$/, "");
}

function urlOf(endpoint: unknown, page: string | undefined): URL | undefined {
  try {
    return typeof endpoint === "string" ? new URL(endpoint, page) : undefined;
  } catch {
    return undefined;
  }
}

export function checkModel(model: unknown): void {
  if (typeof model !== "string" || !MODEL_NAME.test(model))
    fail("model", `${show(model)} is not a model's name: lower-case letters, digits and hyphens, a letter first`);
}

export function checkEventType(type: unknown): void {
  if (typeof type !== "string" || !EVENT_TYPE.test(type))
    fail("type", `${show(type)} is not an event's type: 1 to 64 letters, digits, _ or -`);
}

export function checkConsent(value: unknown): void {
  if (!["granted", "denied", "unknown"].includes(value as string))
    fail("consent", `must be "granted", "denied" or "unknown", not ${show(value)}`);
}

/** @returns undefined: each call decides anew. */
export function checkSticky(by: unknown, ms: unknown = DAY): Sticky | undefined {
  if (!Number.isFinite(ms) || !((ms as number) > 0))
    fail("stickyFor", `${show(ms)} is not a number of milliseconds above 0`);
  if (by === undefined || by === false) return undefined;
  if (by === "session") return { by, ms: 1e15 };
  if (by === "unit") return { by, ms: ms as number };
  return fail("sticky", `must be "session", "unit" or false, not ${show(by)}`);
}

/** @param value How long to wait for a model at most, in ms. A timer that is given more ends at once. */
export function checkTimeout(value: unknown): void {
  if (typeof value !== "number" || !(value >= 0 && value < 2 ** 31))
    fail("timeout", `${show(value)} is not a number of milliseconds from 0 to 2^31`);
}

/**
 * @param order ids of the actions that come first when no model can say, the first first; undefined: as they are given.
 * @returns the actions in that order, and behind it the others.
 */
export function checkFallbackOrder(order: unknown, actions: Action[]): Action[] {
  if (order === undefined) return actions;
  if (!Array.isArray(order)) return fail("fallback", "must be a list of ids of actions");
  const first = order.map((id, i) => {
    const action = actions.find((one) => one.id === id);
    return action ?? fail(`fallback[${i}]`, `${show(id)} is not the id of an action`);
  });
  return [...new Set([...first, ...actions])];
}

/** @param value What is answered when no model can say. */
export function checkFallbackValue(value: unknown): void {
  checkNumber("fallback", value);
}

/** A unit, an action's id, a property's name. */
export function checkKey(at: string, value: unknown): void {
  checkPrintable(at, value, MAX_KEY_LENGTH);
}

/** undefined: one is made. */
export function checkUnit(value: unknown): void {
  if (value !== undefined) checkKey("unit", value);
}

/** What may be left out of a client's options. */
export function checkParts({ graphs, signals, models, decisions }: Record<string, unknown>): void {
  const must = (at: string, value: unknown, isRight: boolean, what: string) =>
    value === undefined || isRight || fail(at, `must be ${what}`);
  must("graphs", graphs, typeof graphs === "function", '() => import("edgewise/graph")');
  must("signals", signals, typeof signals === "function", "pageSignals");
  const isDecision = (one: Partial<HandedDecision> | null) => one?.model?.split && Array.isArray(one.ranking);
  must("decisions", decisions, Array.isArray(decisions) && decisions.every(isDecision), "a list");
  must("models", models, isObject(models), "an object");
}

/** A secret key must never stand in a page; what is wrong is said without it. */
export function checkPublishableKey(value: unknown): void {
  if (value === undefined) return;
  const kind = typeof value === "string" ? parseKey(value)?.kind : undefined;
  if (kind === "secret")
    fail("key", "is a secret key, which must not stand in a page: revoke it, and use a publishable one");
  if (kind !== "publishable") fail("key", "must be a publishable key: pk_, an id and a secret");
}

export function checkDecisionId(value: unknown): void {
  checkPrintable("decisionId", value, MAX_ID_LENGTH);
}

export function checkFeedbackValue(value: unknown): void {
  checkNumber("value", value);
  if (Math.abs(value as number) > 1e9) fail("value", "must be between -1e9 and 1e9");
}

/** @param value How many contributions an explanation names. */
export function checkExplain(value: unknown): void {
  if (!isWhole(value, 1, MAX_CONTRIBUTIONS))
    fail("explain", `${show(value)} is not a number of features to name: 1 to ${MAX_CONTRIBUTIONS}`);
}

/** @returns of each slot what is known of it; undefined when no slots were asked for. */
export function checkSlots(slots: unknown, context: Properties): Properties[] | undefined {
  if (slots === undefined) return undefined;
  const list = isWhole(slots, 0, MAX_SLOTS) ? Array(slots).fill({}) : slots;
  if (!Array.isArray(list)) return fail("slots", `must be a number up to ${MAX_SLOTS} or a list, not ${show(slots)}`);
  if (list.length === 0 || list.length > MAX_SLOTS)
    fail("slots", `has ${list.length} slots: 1 to ${MAX_SLOTS} are possible`);
  return list.map((known, i) => {
    const copy = checkProperties(`slots[${i}]`, known);
    checkProperties(`slots[${i}] with the context`, { ...context, ...copy });
    return copy;
  });
}

/** @param value Milliseconds since the epoch. */
export function checkTime(at: string, value: unknown): void {
  if (!isWhole(value, 0, 253_402_300_799_999))
    fail(at, `${show(value)} is not a time: whole milliseconds since the epoch`);
}

/** Actions as they came last, by their ids. Nobody changes the copies. */
const known = new Map<unknown, Action>();
/** The lists that they came in, by their first. */
const lists = new WeakMap<Action, Action[]>();

/**
 * Takes `id` and `features` of each action; whatever else the caller's objects hold stays in the page.
 * @returns copies. What is as it was in an earlier call, an action or all of them, is the same object as then, whatever became of the caller's: it need not be checked, copied, hashed and written as JSON again.
 */
export function checkActions(actions: unknown): Action[] {
  if (!Array.isArray(actions)) return fail("actions", "must be a list of { id, features }");
  if (!actions.length) fail("actions", "must have at least one action");
  checkCount("actions", actions.length, MAX_ACTIONS, "actions");
  const ids = new Set<unknown>();
  const copies = actions.map((action: unknown, i) => {
    const at = `actions[${i}]`;
    if (!isObject(action)) return fail(at, "must be an object: { id, features }");
    const { id, features = {} } = action as Record<string, unknown>;
    let copy = known.get(id);
    if (!copy || !isSame(copy.features, features)) {
      checkKey(`${at}.id`, id);
      copy = { id: id as string, features: checkProperties(`${at}.features`, features) };
      if (known.size >= MAX_ACTIONS) known.clear();
      known.set(id, copy);
    }
    if (ids.size === ids.add(id).size)
      fail(`${at}.id`, `${show(id)} is already the id of action ${[...ids].indexOf(id)}`);
    return copy;
  });
  const same = lists.get(copies[0]!);
  if (same?.length === copies.length && same.every((copy, i) => copy === copies[i])) return same;
  lists.set(copies[0]!, copies);
  return copies;
}

/** Whether a caller gives what a copy has, in its order. There may be a thousand values in a call. */
function isSame(copy: object, given: unknown): boolean {
  if (Array.isArray(copy) ? !Array.isArray(given) || copy.length !== given.length : !isPlain(given)) return false;
  const names = Object.keys(copy);
  let n = 0;
  for (const name in given as object) {
    const value = (given as never)[name];
    if (value === undefined) continue;
    const own: unknown = (copy as never)[name];
    if (name !== names[n++] || (own !== value && !(own instanceof Object && isSame(own, value)))) return false;
  }
  return n === names.length;
}

/**
 * The properties of a context, an action or an event: scalars, lists of scalars, one level of nesting.
 * @returns a copy of plain objects: the caller may change its own, or watch it through proxies, as frameworks do.
 */
export function checkProperties(at: string, value: unknown): Properties {
  const copy = copyMap(at, value, (place, property) =>
    isObject(property) ? copyMap(place, property, copyProperty) : copyProperty(place, property),
  );
  checkCount(at, Object.keys(copy).length, MAX_PROPERTIES, "properties");
  return copy;
}

function copyMap<T>(at: string, value: unknown, copyOf: (at: string, value: unknown) => T): Record<string, T> {
  if (!isPlain(value)) fail(at, "must be a plain object");
  // Of all ways to copy, that of which the result is read fastest.
  const copy = { ...(value as Record<string, T>) };
  for (const name of Object.keys(copy)) {
    // There may be a thousand of them in a call.
    if (!isPrintable(name, MAX_KEY_LENGTH)) checkKey(`${at}: the name ${show(name)}`, name);
    if (copy[name] === undefined) delete copy[name];
    else copy[name] = copyOf(`${at}.${name}`, copy[name]);
  }
  return copy;
}

function copyProperty(at: string, value: unknown): Scalar | Scalar[] {
  if (!Array.isArray(value)) return scalar(at, value);
  checkCount(at, value.length, MAX_LIST_VALUES, "values");
  return Array.from(value, (one, i) => scalar(`${at}[${i}]`, one));
}

function scalar(at: string, value: unknown): Scalar {
  if (typeof value === "string") checkCount(at, value.length, MAX_STRING_LENGTH, "characters");
  else if (typeof value === "number") checkNumber(at, value);
  else if (value !== null && typeof value !== "boolean")
    fail(at, "must be a text, a number, a boolean, null, or a list of such");
  return value as Scalar;
}

function checkCount(at: string, count: number, most: number, what: string): void {
  if (count > most) fail(at, `has ${count} ${what}: at most ${most} are possible`);
}

function checkNumber(at: string, value: unknown): void {
  if (!Number.isFinite(value)) fail(at, `must be a finite number, not ${show(value)}`);
}

function checkPrintable(at: string, value: unknown, most: number): void {
  if (!isPrintable(value, most)) fail(at, `must be 1 to ${most} printable characters`);
}

const isPrintable = (value: unknown, most: number): boolean =>
  typeof value === "string" && value.length <= most && PRINTABLE.test(value);

const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const show = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

function fail(at: string, message: string): never {
  throw Object.assign(new TypeError(`${at}: ${message}`), { code: "invalid" satisfies Code });
}
