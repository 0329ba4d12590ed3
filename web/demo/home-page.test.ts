import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { filmActions } from "../../models/home-hero/films.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { Choice, Client, Decision } from "../client/client.ts";
import type { ClientEvents } from "../client/events.ts";
import { HomePage } from "./home-page.ts";
import { REDECIDE_INTERVAL } from "./redecide.ts";

/** A client that chooses the films in turn, and notes what it is told. */
class ScriptedClient {
  snapshot = 1;
  /** Whether the browser has no model from a visit before. */
  isNew = true;
  failure: Error | null = null;
  readonly ranks: { context: Properties | undefined }[] = [];
  readonly views: unknown[] = [];
  readonly rewards: { id: string; value: number; final: boolean | undefined }[] = [];
  readonly #listeners = new Map<string, (detail: never) => void>();

  async rank(_model: string, actions: readonly Choice[], options?: { context?: Properties }): Promise<Decision> {
    if (this.failure) throw this.failure;
    this.ranks.push({ context: options?.context });
    return this.#decision(actions);
  }

  peek(_model: string, actions: readonly Choice[]): Decision {
    return { ...this.#decision(actions), ...(this.isNew && { reason: "no-snapshot" }) };
  }

  rankSync(_model: string, actions: readonly Choice[], options?: { context?: Properties }): Decision {
    this.ranks.push({ context: options?.context });
    return this.#decision(actions);
  }

  #decision(actions: readonly Choice[]): Decision {
    const n = this.ranks.length;
    const first = Math.max(
      0,
      actions.findIndex(({ id }) => id === filmActions()[n % filmActions().length]!.id),
    );
    const order = [...actions.slice(first), ...actions.slice(0, first)];
    return {
      id: `s.${n}`,
      model: `home-hero@1.${this.snapshot}`,
      chosen: order[0]!.id,
      ranking: order.map(({ id }, i) => ({ id, score: -i, probability: i === 0 ? 0.71 : 0.01 })),
      computedBy: { place: "browser", runtime: "wasm" },
      ms: 1.25,
      totalMs: 3,
      reward: async (value, options) => void this.rewards.push({ id: `s.${n}`, value, final: options?.final }),
      shown: async () => {},
    };
  }

  track = (_type: string, properties?: Properties) => void this.views.push(properties?.item);
  status = () => ({ online: true, pending: 0, storage: "stored", lost: 0 });

  on<Type extends keyof ClientEvents>(type: Type, listener: (detail: ClientEvents[Type]) => void): () => void {
    this.#listeners.set(type, listener);
    return () => this.#listeners.delete(type);
  }

  emit<Type extends keyof ClientEvents>(type: Type, detail: ClientEvents[Type]): void {
    this.#listeners.get(type)?.(detail as never);
  }
}

let root: HTMLElement;
let client: ScriptedClient;

beforeEach(async () => {
  root = document.body.appendChild(document.createElement("div"));
  client = new ScriptedClient();
  await new HomePage(client as unknown as Client, root).start();
});

afterEach(() => {
  vi.useRealTimers();
  root.remove();
});

const hero = () => root.querySelector<HTMLElement>("[data-hero]")!;
const heroFilm = () => hero().dataset.hero;
const rankedCards = () => [...root.querySelectorAll<HTMLElement>("[data-ranked] .card")];
const fact = (name: string) => root.querySelector(`[data-fact="${name}"]`)!.textContent.replace(/\s+/g, " ").trim();
/** What the page shows comes with the next frame, and a busy machine has few. */
const shown = (assertion: () => void) => vi.waitFor(assertion, { timeout: 10_000 });
const back = async () => {
  await shown(() => expect(root.querySelector("dialog")!.open).toBe(true));
  root.querySelector<HTMLElement>("dialog form button")!.click();
};

test("the hero is the chosen film, the first row the next of the ranking, and the panel says how it was decided", () => {
  expect(heroFilm()).toBe("f02");
  expect(
    rankedCards()
      .map((card) => card.dataset.film)
      .slice(0, 3),
  ).toEqual(["f03", "f04", "f05"]);
  expect(Object.keys(client.ranks[0]!.context!).sort()).toEqual(["daypart", "device"]);
  expect(fact("place")).toBe("This browser");
  expect(fact("runtime")).toBe("ONNX Runtime, WASM");
  expect(fact("ms")).toContain("1.3 ms");
  expect(fact("model")).toBe("home-hero@1.1");
  const chosen = root.querySelector(".bars [data-chosen]")!.textContent;
  expect(chosen).toContain("Eleven Quiet Kitchens");
  expect(chosen).toContain("71 %");
});

test("watching the hero is a view and a reward of 1; coming back ranks anew", async () => {
  hero().click();
  await back();
  await shown(() => expect(heroFilm()).toBe("f03"));
  expect(client.views).toEqual(["f02"]);
  expect(client.rewards).toEqual([{ id: "s.1", value: 1, final: true }]);
  expect(fact("reason")).toBe("You opened “Eleven Quiet Kitchens”");
});

test("opening another film is a view and a reward of 0", async () => {
  rankedCards()[2]!.click();
  await back();
  await shown(() => expect(heroFilm()).toBe("f03"));
  expect(client.views).toEqual(["f05"]);
  expect(client.rewards).toEqual([{ id: "s.1", value: 0, final: true }]);
});

test("the focus stays in its place when the page is ranked anew", async () => {
  for (const control of [hero, () => rankedCards()[0]!]) {
    const before = heroFilm();
    control().focus();
    control().click();
    await back();
    await shown(() => expect(heroFilm()).not.toBe(before));
    expect(document.activeElement).toBe(control());
  }
});

test("asking for something else is a reward of 0 and no view", async () => {
  root.querySelector<HTMLElement>(".hero .secondary")!.click();
  await shown(() => expect(heroFilm()).toBe("f03"));
  expect(client.views).toEqual([]);
  expect(client.rewards).toEqual([{ id: "s.1", value: 0, final: true }]);
});

test("what was skipped is not shown again, until all has been", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < filmActions().length; i++) {
    const film = heroFilm()!;
    expect([...seen]).not.toContain(film);
    seen.add(film);
    root.querySelector<HTMLElement>(".hero .secondary")!.click();
    await shown(() => expect(heroFilm()).not.toBe(film));
  }
  // All were skipped by now.
  expect(seen.size).toBe(filmActions().length);
  expect(seen).toContain(heroFilm());
});

test("where the browser kept a model, the page has decided when it is first painted", async () => {
  const other = document.body.appendChild(document.createElement("div"));
  const returning = new ScriptedClient();
  returning.isNew = false;
  const started = new HomePage(returning as unknown as Client, other).start();
  expect(other.querySelector<HTMLElement>("[data-hero]")!.dataset.hero).toBe("f02");
  expect(other.querySelector(".hero")!.hasAttribute("data-waiting")).toBe(false);
  await started;
  expect(returning.ranks).toHaveLength(1);
  other.remove();
});

test("a snapshot changes the open page, once for several, and its feedback's age is shown", async () => {
  vi.useFakeTimers({ now: Date.now() });
  for (const [number, feedbackAgeMs] of [
    [2, 400],
    [3, 1200],
    [4, 600],
  ] as const) {
    client.snapshot = number;
    client.emit("snapshot", { model: "home-hero", label: `home-hero@1.${number}`, feedbackAgeMs, examples: number });
  }
  expect(client.ranks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(REDECIDE_INTERVAL + 100);
  vi.useRealTimers();
  await shown(() => expect(fact("model")).toBe("home-hero@1.4"));
  expect(client.ranks).toHaveLength(2);
  expect(heroFilm()).toBe("f03");
  expect(fact("reason")).toBe("home-hero@1.4 arrived");
  expect(fact("feedback-age")).toBe("600 ms (median 600 ms of 3)");
  expect(client.rewards).toEqual([]);
});

test("the panel shows whether the page is on line and what is waiting", async () => {
  client.emit("status", { online: false, pending: 1, storage: "stored", lost: 0 });
  await shown(() => expect(fact("online")).toBe("Off line, still deciding, 1 record waiting"));
});

test("a decision that fails is told, and the page stays", async () => {
  client.failure = new Error("the model cannot be had");
  root.querySelector<HTMLElement>(".hero .secondary")!.click();
  await shown(() => expect(root.querySelector("[role=alert]")!.textContent).toContain("the model cannot be had"));
  expect(heroFilm()).toBe("f02");
});

test("everything that can be clicked is a button or link with a name", () => {
  for (const element of root.querySelectorAll("button:not([tabindex='-1']), a"))
    expect(element.textContent.trim(), element.outerHTML.slice(0, 80)).not.toBe("");
  expect(root.querySelectorAll("h1")).toHaveLength(1);
});
