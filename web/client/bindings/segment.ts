import type { Properties } from "../../../shared/contract/values.ts";
import type { AnyClient } from "../client.ts";
import { untyped } from "./untyped.ts";

/**
 * A plugin for Segment's analytics.js (`analytics.register`), whose calls RudderStack's SDK and others share: what a site tells these already becomes events and feedback, by a
 * mapping. It needs none of their code.
 */

export type Mapping = {
  /** Which `track` calls (and `page`, as "page") are events of the session, by their names. */
  events?: Readonly<Record<string, EventMapping>>;
  /** Which are feedback. */
  feedback?: Readonly<Record<string, FeedbackMapping>>;
};

export type EventMapping = {
  /** The event's type, as the spec's features look for it. */
  type: string;
  /** Names of its properties, by the names that features look for. By default all, as they are called. */
  properties?: Readonly<Record<string, string>>;
};

export type FeedbackMapping = {
  /** Of which model: its newest decision that was shown is meant. Where the call has a property `decision_id`, it is that. */
  model: string;
  /** By default 1. */
  value?: (properties: Readonly<Record<string, unknown>>) => number;
  /** No more will follow. */
  final?: boolean;
};

/** What of Segment's context is used. */
type Context = {
  event: { event?: string; name?: string; userId?: string | null; properties?: Record<string, unknown> };
};

type Scalar = string | number | boolean | null;

/** How many of its properties an event takes along. */
const MAX_PROPERTIES = 32;

/**
 * @example
 * analytics.register(segmentPlugin(client, {
 *   events: { "Product Viewed": { type: "view", properties: { item: "product_id" } } },
 *   feedback: { "Order Completed": { model: "home-hero", value: ({ revenue }) => Number(revenue) } },
 * }));
 */
export function segmentPlugin(given: AnyClient, { events = {}, feedback = {} }: Mapping) {
  const client = untyped(given);
  /** Newest decisions, by model. */
  const newest = new Map<string, string>();
  client.on("shown", ({ id, model }) => newest.set(model, id));

  const take = (name: string, properties: Record<string, unknown>): void => {
    const event = Object.hasOwn(events, name) ? events[name] : undefined;
    if (event) client.track(event.type, propertiesOf(event, properties));
    const rewarded = Object.hasOwn(feedback, name) ? feedback[name] : undefined;
    if (!rewarded) return;
    const { model, value = () => 1, final = false } = rewarded;
    const { decision_id: given } = properties;
    const id = typeof given === "string" ? given : newest.get(model);
    if (id !== undefined) void client.reward(id, value(properties), { final }).catch(warn);
  };
  /** What a site's analytics do must not fail over us. */
  const quietly =
    (handle: (event: Context["event"]) => void) =>
    <C extends Context>(context: C): C => {
      try {
        handle(context.event);
      } catch (error) {
        warn(error);
      }
      return context;
    };
  return {
    name: "Edgewise",
    type: "after" as const,
    version: "1.0.0",
    isLoaded: () => true,
    load: () => Promise.resolve(),
    track: quietly(({ event = "", properties = {} }) => take(event, properties)),
    page: quietly(({ name, properties = {} }) => take("page", { ...(name !== undefined && { name }), ...properties })),
    identify: quietly(({ userId }) => {
      if (typeof userId === "string") client.setUnit(userId);
    }),
    /** Someone logged out. */
    reset: () => {
      newest.clear();
      client.setUnit(undefined);
    },
  };
}

function propertiesOf({ properties: names }: EventMapping, given: Record<string, unknown>): Properties {
  const wanted = names ? Object.entries(names).map(([to, from]) => [to, given[from]] as const) : Object.entries(given);
  return Object.fromEntries(wanted.filter(isProperty).slice(0, MAX_PROPERTIES));
}

/** Sites tell their analytics of more than features can be made of: objects within objects are left out. */
const isProperty = (entry: readonly [string, unknown]): entry is readonly [string, Scalar | Scalar[]] => {
  const [, value] = entry;
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
};

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);

const warn = (error: unknown): void => console.warn(`edgewise: ${error}`);
