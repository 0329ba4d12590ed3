import type { Properties } from "../../../shared/contract/values.ts";
import type { AnyClient } from "../client.ts";
import { UNLOGGED } from "../unlogged-id.ts";
import { untyped } from "./untyped.ts";

/**
 * What a site tells Segment's analytics.js or RudderStack's SDK already becomes events and feedback, by a mapping. It needs none of their code.
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

/** What of a call is used. */
type Told = {
  event?: string | undefined;
  name?: string | null | undefined;
  userId?: string | null | undefined;
  properties?: Record<string, unknown> | undefined;
};

/** What of Segment's context is used. */
type Context = { event: Told };

/** What of Segment's analytics is used: who was known before this page. Calls of plugins tell nothing of that, nor of a log-out. */
type Analytics = { on?(type: "reset", listener: () => void): unknown; user?(): { id?(): string | null | undefined } };

type Scalar = string | number | boolean | null;

/** How many of its properties an event takes along. */
const MAX_PROPERTIES = 32;

/** Takes what a site tells others. */
class Listener {
  readonly #client;
  readonly #mapping: Mapping;
  /** Newest decisions that were shown, by model. */
  readonly #newest = new Map<string, string>();
  readonly #ends: (() => void)[];

  constructor(client: AnyClient, mapping: Mapping) {
    this.#client = untyped(client);
    this.#mapping = mapping;
    this.#ends = [
      this.#client.on("shown", ({ id, model }) => {
        // There can be no feedback for what is in no log.
        if (!id.startsWith(UNLOGGED)) this.#newest.set(model, id);
      }),
      // What was shown to another is not what this one rewards.
      this.#client.on("unit", () => this.#newest.clear()),
    ];
  }

  track = ({ event = "", properties = {} }: Told): void => this.#take(event, properties);
  page = ({ name, properties = {} }: Told): void => this.#take("page", { ...(name && { name }), ...properties });
  identify = ({ userId }: Told): void => {
    if (typeof userId === "string") this.#client.setUnit(userId);
  };
  /** Someone logged out. */
  reset = (): void => this.#client.setUnit(undefined);

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #take(name: string, properties: Record<string, unknown>): void {
    const { events = {}, feedback = {} } = this.#mapping;
    const event = Object.hasOwn(events, name) ? events[name] : undefined;
    if (event) this.#client.track(event.type, propertiesOf(event, properties));
    const rewarded = Object.hasOwn(feedback, name) ? feedback[name] : undefined;
    if (!rewarded) return;
    const { model, value = () => 1, final = false } = rewarded;
    const { decision_id: given } = properties;
    const id = typeof given === "string" ? given : this.#newest.get(model);
    if (id !== undefined) void this.#client.reward(id, value(properties), { final }).catch(warn);
  }
}

/** What a site's analytics do must not fail over us. */
function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    warn(error);
  }
}

/**
 * A plugin for Segment's analytics.js.
 * @example
 * analytics.register(segmentPlugin(client, {
 *   events: { "Product Viewed": { type: "view", properties: { item: "product_id" } } },
 *   feedback: { "Order Completed": { model: "home-hero", value: ({ revenue }) => Number(revenue) } },
 * }));
 */
export function segmentPlugin(client: AnyClient, mapping: Mapping) {
  const listener = new Listener(client, mapping);
  const by =
    (handle: (told: Told) => void) =>
    <C extends Context>(context: C): C => {
      quietly(() => handle(context.event));
      return context;
    };
  let isLoaded = false;
  return {
    name: "Edgewise",
    type: "after" as const,
    version: "1.0.0",
    isLoaded: () => isLoaded,
    async load(_?: unknown, analytics?: Analytics): Promise<void> {
      isLoaded = true;
      analytics?.on?.("reset", () => quietly(listener.reset));
      quietly(() => listener.identify({ userId: analytics?.user?.().id?.() }));
    },
    unload: () => listener.end(),
    track: by(listener.track),
    page: by(listener.page),
    identify: by(listener.identify),
  };
}

/**
 * The same for RudderStack's SDK, as a custom integration (https://www.rudderstack.com/docs/sources/event-streams/sdks/rudderstack-javascript-sdk/register-custom-integrations/). It is not told of
 * a log-out: call `client.setUnit(undefined)` beside `rudderanalytics.reset()`.
 * @example
 * rudderanalytics.addCustomIntegration(DESTINATION_ID, rudderIntegration(client, { events: { "Product Viewed": { type: "view" } } }));
 */
export function rudderIntegration(client: AnyClient, mapping: Mapping) {
  const listener = new Listener(client, mapping);
  const by =
    (handle: (told: Told) => void) =>
    (_analytics: unknown, _logger: unknown, { message }: { message: Told }): void =>
      quietly(() => handle(message));
  return {
    isReady: () => true,
    track: by(listener.track),
    page: by(listener.page),
    identify: by(listener.identify),
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
