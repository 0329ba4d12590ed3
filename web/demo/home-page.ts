import { render } from "lit";
import { type Film, filmActions, filmById, films, viewOf } from "../../models/home-hero/films.ts";
import type { VisitorContext } from "../../models/home-hero/visitors.ts";
import { MAX_CONTRIBUTIONS } from "../../shared/contract/limits.ts";
import type { Choice, Client, Decision } from "../client/client.ts";
import type { HomeActions, HomeState } from "./home-state.ts";
import { homeView } from "./home-view.ts";
import { keepFocus } from "./keep-focus.ts";
import { Latencies } from "./latencies.ts";
import { mayRedecide, REDECIDE_INTERVAL } from "./redecide.ts";
import { Simulation } from "./simulation.ts";
import { visitorContext } from "./visitor-context.ts";

const MODEL = "home-hero";

/** The home page: asks the model what to show, says what came of it, and shows how it was decided. */
export class HomePage {
  readonly #client: Client;
  readonly #root: HTMLElement;
  readonly #state: HomeState;
  #deciding = false;
  #rendering = false;
  #answered = false;
  /** What the visitor did not want: it is not offered again while the page is open. */
  readonly #skipped = new Set<string>();
  #lastDecisionAt = 0;
  #lastPresenceAt = Date.now();
  #redecideTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #actions: HomeActions = {
    open: (film) => this.#open(film),
    close: () => this.#close(),
    skip: () => this.#skip(),
    togglePanel: () => this.#set({ panelOpen: !this.#state.panelOpen }),
    toggleSimulation: () => this.#toggleSimulation(),
  };

  constructor(client: Client, root: HTMLElement) {
    this.#client = client;
    this.#root = root;
    const { online, pending } = client.status();
    this.#state = {
      decision: null,
      reason: "",
      ranked: films,
      opened: null,
      online,
      pending,
      snapshot: null,
      feedbackAge: new Latencies(),
      panelOpen: matchMedia("(min-width: 1100px)").matches,
      simulation: new Simulation(client, crypto.randomUUID().slice(0, 8), () => this.#render()),
      problem: null,
    };
  }

  async start(): Promise<void> {
    this.#client.on("status", ({ online, pending }) => this.#set({ online, pending }));
    this.#client.on("snapshot", ({ model, label, feedbackAgeMs }) => {
      if (model !== MODEL) return;
      if (feedbackAgeMs !== null) this.#state.feedbackAge.add(feedbackAgeMs);
      this.#set({ snapshot: label });
      this.#redecideSoon();
    });
    for (const sign of ["pointermove", "pointerdown", "keydown", "scroll", "visibilitychange"])
      document.addEventListener(sign, () => this.#noticeVisitor(), { passive: true, capture: true });
    if (!this.#decideAtOnce("You arrived")) {
      this.#renderNow();
      await this.#decide("You arrived");
    }
  }

  /** Decides before the first paint, where the browser kept a model from the last visit. @returns whether it did. */
  #decideAtOnce(reason: string): boolean {
    if (this.#client.peek(MODEL, this.#offered()).reason !== undefined) return false;
    this.#take(this.#client.rankSync(MODEL, this.#offered(), { context: this.#context() }), reason);
    this.#renderNow();
    return true;
  }

  async #decide(reason: string): Promise<void> {
    if (this.#deciding) return;
    this.#deciding = true;
    try {
      const decision = await this.#client.rank(MODEL, this.#offered(), {
        context: this.#context(),
        explain: MAX_CONTRIBUTIONS,
      });
      await this.#transition(() => this.#take(decision, reason));
    } catch (error) {
      this.#set({ problem: `The page could not decide: ${error instanceof Error ? error.message : String(error)}` });
    } finally {
      this.#deciding = false;
    }
  }

  /** Films that may be the hero: none that was skipped, unless all but one were. */
  #offered(): Choice[] {
    const { decision } = this.#state;
    const left = filmActions().filter(({ id }) => !this.#skipped.has(id));
    if (left.length > 0) return left;
    this.#skipped.clear();
    return filmActions().filter(({ id }) => id !== decision?.chosen);
  }

  #context(): VisitorContext {
    const coarse = matchMedia("(pointer: coarse)").matches;
    return visitorContext(innerWidth, coarse, new Date().getHours());
  }

  #take(decision: Decision, reason: string): void {
    this.#answered = false;
    this.#lastDecisionAt = Date.now();
    const ranked = decision.ranking.map(({ id }) => filmById(id));
    Object.assign(this.#state, { decision, reason, ranked, problem: null });
    if (decision.computedBy.runtime !== "none") this.#state.snapshot = decision.model;
  }

  /** Opening a film is an event, and the reward of the decision if that film was its choice. */
  #open(film: Film): void {
    this.#client.track("view", viewOf(film));
    this.#reward(film.id === this.#state.decision?.chosen ? 1 : 0);
    this.#set({ opened: film });
  }

  #close(): void {
    const { opened } = this.#state;
    if (!opened) return;
    this.#set({ opened: null });
    void this.#decide(`You opened “${opened.title}”`);
  }

  #skip(): void {
    this.#reward(0);
    const { decision } = this.#state;
    if (decision) this.#skipped.add(decision.chosen);
    void this.#decide("You asked for something else");
  }

  /** Each decision is answered once, by the first thing the visitor does. */
  #reward(value: number): void {
    const { decision } = this.#state;
    if (!decision || this.#answered) return;
    this.#answered = true;
    void decision.reward(value, { final: true });
  }

  #redecideSoon(): void {
    if (this.#redecideTimer !== undefined) return;
    const wait = Math.max(0, REDECIDE_INTERVAL - (Date.now() - this.#lastDecisionAt));
    this.#redecideTimer = setTimeout(() => {
      this.#redecideTimer = undefined;
      const { decision, snapshot, opened } = this.#state;
      const may = mayRedecide(Date.now(), {
        visible: document.visibilityState === "visible",
        busy: opened !== null || this.#answered || this.#deciding,
        lastDecisionAt: this.#lastDecisionAt,
        lastPresenceAt: this.#lastPresenceAt,
      });
      if (may && decision?.model !== snapshot) void this.#decide(`${snapshot} arrived`);
    }, wait);
  }

  #noticeVisitor(): void {
    const wasAway = Date.now() - this.#lastPresenceAt > REDECIDE_INTERVAL;
    this.#lastPresenceAt = Date.now();
    if (wasAway && this.#state.decision?.model !== this.#state.snapshot) this.#redecideSoon();
  }

  #toggleSimulation(): void {
    const { simulation } = this.#state;
    if (simulation.running) simulation.stop();
    else void simulation.start();
    this.#render();
  }

  #set(change: Partial<HomeState>): void {
    Object.assign(this.#state, change);
    this.#render();
  }

  /** Changes the state and shows it, with the browser's cross-fade where it has one and the visitor wants motion. */
  async #transition(change: () => void): Promise<void> {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.visibilityState !== "visible";
    const update = () => {
      change();
      this.#renderNow();
      this.#root.querySelector(".row[data-ranked] .shelf")?.scrollTo({ left: 0 });
    };
    if (still || !("startViewTransition" in document) || !this.#state.decision) return update();
    const transition = document.startViewTransition(update);
    // A transition that the next one overtakes is skipped; the update is made all the same.
    transition.ready.catch(() => {});
    await transition.updateCallbackDone;
  }

  /** At most once a frame, however fast the simulation runs. */
  #render(): void {
    if (this.#rendering) return;
    this.#rendering = true;
    requestAnimationFrame(() => this.#renderNow());
  }

  #renderNow(): void {
    this.#rendering = false;
    keepFocus(this.#root, () => render(homeView(this.#state, this.#actions), this.#root));
  }
}
