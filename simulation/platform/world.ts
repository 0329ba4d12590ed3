import { seededRandom } from "../../conformance/random.ts";
import { type Actor, Immortal } from "./actor.ts";
import { type Chances, NO_CHANCES } from "./chances.ts";
import { Queue } from "./queue.ts";

type Event = { at: number; order: number; actor: Actor; what: string; run: () => void; cancelled: boolean };

/** A fault that came to pass: the how manieth of those that could, what it was, and when. */
export type Injected = { draw: number; what: string; at: number };

/** When every simulation begins, ms since the epoch. */
const BEGINNING = Date.UTC(2026, 0, 1);

/** The real one, before it is replaced: it lets all that is ready run. */
const realSetImmediate = globalThis.setImmediate;
const drained = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/**
 * The one thread of a simulated world: its clock, what is due, and what goes wrong. Events happen one after the other, each with all the promises that follow
 * from it; before and after each, whoever it is for may be ended. All of it follows from the seed.
 */
export class World {
  /** The world that the simulated platform acts in. */
  static current: World;

  readonly seed: number;
  /** What the code under test draws. */
  readonly random: () => number;
  /** What the scheduler draws: apart, so that both stay as they are when the other draws more. */
  readonly fate: () => number;
  readonly network = new Immortal("network");
  readonly outside = new Immortal("outside");
  /** Who runs at the moment. */
  actor: Actor = this.outside;
  now = BEGINNING;
  chances: Chances = NO_CHANCES;
  /** Places where something could have been ended. */
  points = 0;
  crashes = 0;
  readonly injected: Injected[] = [];
  /** What must never be, and was. */
  readonly violations: string[] = [];
  /** Lines that operators would see, the newest; and how often each was said. */
  readonly lines: string[] = [];
  readonly said = new Map<string, number>();
  readonly onTrace: ((line: string) => void) | null;
  readonly #only: ReadonlySet<number> | null;
  readonly #queue = new Queue<Event>();
  #order = 0;
  #draws = 0;
  #trace = 0x811c9dc5;

  /** @param only faults that may come to pass, by their draw; null: all. */
  constructor(seed: number, only: ReadonlySet<number> | null = null, onTrace: ((line: string) => void) | null = null) {
    this.seed = seed;
    this.random = seededRandom(Math.imul(seed, 2) ^ 0x5bd1e995);
    this.fate = seededRandom(Math.imul(seed, 2) + 1);
    this.#only = only;
    this.onTrace = onTrace;
  }

  /** Sets something to happen. @returns what cancels it. */
  schedule(actor: Actor, delay: number, what: string, run: () => void): () => void {
    const event: Event = {
      at: this.now + Math.max(delay, 0),
      order: this.#order++,
      actor,
      what,
      run,
      cancelled: false,
    };
    this.#queue.put(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets events happen until `done` says so, or nothing is due. */
  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      const event = this.#queue.take();
      if (!event) return;
      if (event.cancelled || !event.actor.alive) continue;
      await this.#happen(event);
    }
  }

  /** Whether a fault comes to pass here. */
  strikes(chance: number, what: string): boolean {
    const draw = this.#draws++;
    const strikes = this.fate() < chance && (this.#only === null || this.#only.has(draw));
    if (strikes) {
      this.injected.push({ draw, what, at: this.now - BEGINNING });
      this.trace(`! ${what}`);
    }
    return strikes;
  }

  /** A place where an actor may be ended. @returns whether it was. */
  mayCrash(actor: Actor, where: string): boolean {
    if (!actor.mortal) return false;
    if (this.chances !== NO_CHANCES) this.points++;
    if (!this.strikes(this.chances.crash, `${actor.name} ends ${where}`)) return false;
    this.crashes++;
    actor.end();
    return true;
  }

  /** How long something takes, ms. */
  delay(): number {
    const { slow, most } = this.chances;
    return this.fate() < slow ? this.fate() * most : this.fate() * 3;
  }

  /** So much time passes in which nobody does anything: what was due meanwhile comes after it. */
  standStill(ms: number): void {
    this.now += ms;
    this.trace(`${ms / 3_600_000} hours pass`);
  }

  violated(what: string): void {
    this.violations.push(what);
    this.trace(`violated: ${what}`);
  }

  trace(line: string): void {
    const text = `${(this.now - BEGINNING).toFixed(3)} ${line}`;
    let hash = this.#trace;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.#trace = hash;
    this.onTrace?.(text);
  }

  /** Tells what happened from anything else. */
  get traceHash(): string {
    return (this.#trace >>> 0).toString(16).padStart(8, "0");
  }

  async #happen({ at, actor, what, run }: Event): Promise<void> {
    this.now = Math.max(this.now, at);
    if (this.mayCrash(actor, `before ${what}`)) return;
    this.trace(`${actor.name}: ${what}`);
    this.actor = actor;
    try {
      run();
      await drained();
    } finally {
      this.actor = this.outside;
    }
    actor.turned();
  }
}
