import { filmActions, filmById } from "../../models/home-hero/films.ts";
import { bestReward, LONGEST_VISIT, uniformReward, Visitor } from "../../models/home-hero/visitors.ts";
import type { Client, Session } from "../client/client.ts";
import { RewardSeries } from "./reward-series.ts";

/** Visitors at the page at the same time. */
const AT_ONCE = 4;

/** Lets simulated visitors use the page's own client, each in a session of its own, until it is stopped. */
export class Simulation {
  readonly series = new RewardSeries();
  /** Visits that are over. */
  visitors = 0;
  /** Why the last visit broke off; null when none did. */
  problem: string | null = null;
  readonly #client: Client;
  readonly #changed: () => void;
  readonly #run: string;
  #started = 0;
  #running = false;

  /** @param run Tells this simulation's visitors from those of others. @param changed Called after every decision. */
  constructor(client: Client, run: string, changed: () => void) {
    this.#client = client;
    this.#run = run;
    this.#changed = changed;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Resolves when it was stopped and the visits under way have ended. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.problem = null;
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#visitors()));
  }

  stop(): void {
    this.#running = false;
    this.#changed();
  }

  async #visitors(): Promise<void> {
    while (this.#running) {
      try {
        await this.#visit(new Visitor(`${this.#run}-${this.#started++}`, Date.now() - LONGEST_VISIT));
        this.visitors++;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        this.stop();
      }
    }
  }

  async #visit(visitor: Visitor): Promise<void> {
    const session = this.#client.openSession({ unit: visitor.unit });
    try {
      await this.#browse(visitor, session);
    } finally {
      await session.close();
    }
  }

  async #browse(visitor: Visitor, session: Session): Promise<void> {
    let tracked = 0;
    while (this.#running && visitor.next()) {
      for (; tracked < visitor.events.length; tracked++) {
        const { type, properties, at } = visitor.events[tracked]!;
        session.track(type, properties, { at });
      }
      const decision = await session.rank("home-hero", filmActions(), { context: visitor.context });
      const expected = { best: bestReward(visitor), uniform: uniformReward(visitor) };
      const reward = Number(visitor.clicks(filmById(decision.chosen)));
      await decision.reward(reward, { final: true });
      this.series.add({ reward, ...expected });
      this.#changed();
      // Leaves the page's own thread to the page between decisions.
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }
}
