import type { Properties } from "../../../shared/contract/values.ts";
import {
  checkActions,
  checkDecisionId,
  checkEventType,
  checkFeedbackValue,
  checkModel,
  checkProperties,
} from "../check.ts";
import type {
  Choice,
  Client,
  Decision,
  OpenedSession,
  Prediction,
  RankOptions,
  RewardOptions,
  Slot,
} from "../client.ts";
import { type ClientEvents, Listeners, type Status } from "../events.ts";

/**
 * A client for the tests of a page: it decides as the test says, at once, and remembers what the page told it. Nothing is stored or sent. What a page does wrong in a call is refused as
 * the real one does.
 */

export type TestClientOptions = {
  /** Of each model, the id that is chosen, the ids in the order that is shown, or what says so. By default the actions' own order. */
  choices?: Readonly<Record<string, string | readonly string[] | ((actions: readonly Choice[]) => readonly string[])>>;
  /** Of each model, what is predicted. By default the call's `fallback`. */
  predictions?: Readonly<Record<string, number>>;
};

export type Recorded = {
  decisions: { id: string; model: string; chosen: string; actions: string[]; context: Properties }[];
  feedback: { id: string; model: string | undefined; value: number; final: boolean }[];
  events: { type: string; properties: Properties }[];
  /** Ids of what was shown, each once. */
  shown: string[];
  units: (string | undefined)[];
  consent: string[];
};

export interface TestClient extends Client {
  /** What the page told it, in order. */
  readonly recorded: Recorded;
}

const NOTHING = { runtime: "native", place: "browser" } as const;

/**
 * @example
 * const client = createTestClient({ choices: { "home-hero": "m2" } });
 * render(<EdgewiseProvider client={client}><Hero /></EdgewiseProvider>);
 * expect(client.recorded.feedback).toEqual([{ id: "test.0", model: "home-hero", value: 1, final: false }]);
 */
export function createTestClient({ choices = {}, predictions = {} }: TestClientOptions = {}): TestClient {
  const recorded: Recorded = { decisions: [], feedback: [], events: [], shown: [], units: [], consent: [] };
  const listeners = new Listeners();
  let number = 0;

  const shown = async (id: string): Promise<void> => {
    checkDecisionId(id);
    if (recorded.shown.includes(id)) return;
    recorded.shown.push(id);
    const made = recorded.decisions.find((one) => one.id === id);
    if (made) listeners.emit("shown", { id, model: made.model });
  };
  const reward = async (id: string, value: number, { final = false }: RewardOptions = {}): Promise<void> => {
    checkDecisionId(id);
    checkFeedbackValue(value);
    const made = recorded.decisions.find((one) => one.id === id || id.startsWith(`${one.id}.`));
    recorded.feedback.push({ id, model: made?.model, value, final });
  };
  const made = (id: string, model: string) => ({
    ...{ id, model: `${model}@1.0`, computedBy: NOTHING, ms: 0, totalMs: 0 },
    reward: (value: number, options?: RewardOptions) => reward(id, value, options),
    shown: () => shown(id),
  });
  const decide = (model: string, actions: readonly Choice[], options: RankOptions = {}, isLogged = true): Decision => {
    checkModel(model);
    const ids = checkActions(actions).map(({ id }) => id);
    const context = checkProperties("context", options.context ?? {});
    const asked = choices[model];
    const wanted = typeof asked === "function" ? asked(actions) : typeof asked === "string" ? [asked] : (asked ?? []);
    const order = [...new Set([...wanted.filter((id) => ids.includes(id)), ...ids])];
    const id = isLogged ? `test.${number++}` : "unlogged-test.0";
    const chosen = order[0]!;
    if (isLogged && !options.deferred) listeners.emit("shown", { id, model });
    if (isLogged) recorded.decisions.push({ id, model, chosen, actions: ids, context });
    const count = typeof options.slots === "object" ? options.slots.length : options.slots;
    const slots = order.slice(0, count).map((slot, i): Slot => {
      const { id: slotId, ...given } = made(i === 0 ? id : `${id}.${i}`, model);
      return { id: slotId, chosen: slot, probability: 1, reward: given.reward, shown: given.shown };
    });
    return {
      ...made(id, model),
      chosen,
      ranking: order.map((one, i) => ({ id: one, score: -i, probability: Number(i === 0) })),
      ...(count !== undefined && { slots }),
    };
  };
  const status: Status = { online: true, pending: 0, storage: "stored", lost: 0 };

  const session: OpenedSession = {
    track(type, properties = {}) {
      checkEventType(type);
      recorded.events.push({ type, properties: checkProperties("properties", properties) });
    },
    rank: async <Id extends string>(model: string, actions: readonly Choice<Id>[], options?: RankOptions) =>
      decide(model, actions, options) as Decision<Id>,
    rankSync: <Id extends string>(model: string, actions: readonly Choice<Id>[], options?: RankOptions) =>
      decide(model, actions, options) as Decision<Id>,
    peek: <Id extends string>(model: string, actions: readonly Choice<Id>[], options?: RankOptions) =>
      decide(model, actions, options, false) as Decision<Id>,
    async predict(model, { fallback = 0 } = {}): Promise<Prediction> {
      checkModel(model);
      return { ...made(`test.${number++}`, model), value: predictions[model] ?? fallback };
    },
    reward,
    shown,
    close: async () => {},
  };
  return {
    ...session,
    recorded,
    openSession: () => session,
    ready: async () => true,
    flush: async () => {},
    on: <Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void) =>
      listeners.on(type, listener),
    // What is watched is seen.
    watch(_element, decision) {
      void decision.shown();
      return () => {};
    },
    status: () => status,
    setUnit(unit) {
      recorded.units.push(unit);
      listeners.emit("unit", undefined);
    },
    async consent(consent) {
      recorded.consent.push(consent);
    },
    async forget() {
      for (const list of Object.values(recorded)) list.length = 0;
      listeners.emit("unit", undefined);
    },
  };
}
