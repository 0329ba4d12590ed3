import type { SessionEvent } from "../../shared/contract/record.ts";
import { type Film, films, tasteAxes, viewOf } from "./films.ts";
import { randomFrom } from "./random.ts";

/**
 * Visitors of the streaming service, for `simulate` and the demo's button. A visitor has a hidden taste and shows it
 * only by what it opens; device and time of day say a little about it before anything was opened.
 */

const devices = ["phone", "tablet", "desktop", "tv"] as const;
const dayparts = ["morning", "afternoon", "evening", "night"] as const;
export type VisitorContext = { device: (typeof devices)[number]; daypart: (typeof dayparts)[number] };

type Archetype = {
  name: string;
  /** Share of the visitors. */
  share: number;
  /** One value for each of `tasteAxes`. */
  taste: readonly number[];
  /** Weights in the order of `devices` and `dayparts`. */
  devices: readonly [number, number, number, number];
  dayparts: readonly [number, number, number, number];
};

//                                                   warmth tension wonder wit romance spectacle reflection darkness
const archetypes: readonly Archetype[] = [
  {
    name: "cosy",
    share: 0.2,
    taste: [0.8, -0.3, 0.3, 0.8, 0.2, 0.0, -0.1, -0.6],
    devices: [1, 7, 1, 1],
    dayparts: [2, 7, 2, 0.5],
  },
  {
    name: "thrill",
    share: 0.2,
    taste: [-0.5, 0.9, 0.0, 0.0, -0.2, 0.3, -0.1, 0.8],
    devices: [7, 0.5, 2, 1],
    dayparts: [0.5, 0.5, 2, 8],
  },
  {
    name: "dreamer",
    share: 0.15,
    taste: [-0.1, 0.3, 0.9, -0.1, -0.1, 0.4, 0.6, 0.1],
    devices: [1, 1, 7, 1],
    dayparts: [0.5, 2, 3, 6],
  },
  {
    name: "romantic",
    share: 0.15,
    taste: [0.7, -0.2, 0.2, 0.3, 0.9, -0.1, 0.1, -0.3],
    devices: [6, 3, 1, 0.5],
    dayparts: [1, 1, 8, 1],
  },
  {
    name: "explorer",
    share: 0.15,
    taste: [0.1, 0.4, 0.6, 0.2, 0.0, 1.0, -0.3, -0.1],
    devices: [0.5, 1, 0.5, 8],
    dayparts: [1, 5, 5, 1],
  },
  {
    name: "essayist",
    share: 0.15,
    taste: [0.3, -0.3, 0.2, -0.1, 0.0, -0.5, 0.9, 0.0],
    devices: [1, 2, 7, 0.5],
    dayparts: [8, 2, 1, 0.5],
  },
];

/** How far one visitor strays from the archetype, as the half width of a uniform draw on each axis. */
const INDIVIDUALITY = 0.25;
/** Mean number of times a visitor comes back to the page. */
const MEAN_DECISIONS = 8;
/** How many films a visitor considers each time it opens one, and how many (least, most) it opens between two decisions. */
const CONSIDERED = 12;
const OPENED = [2, 3] as const;
/** Share of the visitors that come by a link to a film, so that they have opened films before they see the home page. */
const BY_LINK = 0.85;
/** A film opened this few films ago has lost this much of its appeal. */
const FATIGUE = [0.1, 0.07, 0.04];

/** Longest time from arrival to the last decision, ms: with events that start this long ago, none lies in the future. */
export const LONGEST_VISIT = 60 * 60_000;

/** @example for (const visitor = new Visitor("7"); visitor.next(); ) { const film = decide(visitor); visitor.clicks(film); } */
export class Visitor {
  readonly unit: string;
  readonly session: string;
  readonly context: VisitorContext;
  /** For reports; nothing that a model sees says it. */
  readonly archetype: string;
  /** What the visitor did so far, oldest first; `at` counts from `arrivedAt`. */
  readonly events: SessionEvent[] = [];
  readonly #taste: readonly number[];
  readonly #random: () => number;
  readonly #decisions: number;
  readonly #opened: string[] = [];
  #decision = 0;
  #now: number;

  /** @param arrivedAt When the visit starts, ms since the epoch. */
  constructor(seed: number | string, arrivedAt = 0) {
    this.#random = randomFrom(`visitor ${seed}`);
    const type = pick(
      archetypes,
      archetypes.map((a) => a.share),
      this.#random(),
    );
    this.unit = `visitor-${seed}`;
    this.session = `visit-${seed}`;
    this.archetype = type.name;
    this.context = {
      device: pick(devices, type.devices, this.#random()),
      daypart: pick(dayparts, type.dayparts, this.#random()),
    };
    this.#taste = type.taste.map((t) => t + INDIVIDUALITY * (2 * this.#random() - 1));
    this.#decisions = MEAN_DECISIONS - 2 + Math.floor(5 * this.#random());
    this.#now = arrivedAt;
  }

  /** The visitor's clock, ms since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Goes to the next look at the page, and before every one but the first opens films. False when the visit is over. */
  next(): boolean {
    if (this.#decision === this.#decisions) return false;
    if (this.#decision++ > 0 || this.#random() < BY_LINK) this.#browse();
    return true;
  }

  /** The true probability, which no model sees, that the visitor clicks `film` as the hero now: .02 to .6. */
  clickProbability(film: Film): number {
    const liking = 1 / (1 + Math.exp(-4.5 * (this.affinity(film) - 0.55)));
    const ago = this.#opened.indexOf(film.id);
    return 0.02 + 0.58 * liking * (1 - (FATIGUE[ago] ?? 0));
  }

  /** Whether the visitor clicks `film`, and if so opens it. @param u Uniform in [0, 1); by default the visitor's own. */
  clicks(film: Film, u = this.#random()): boolean {
    const clicked = u < this.clickProbability(film);
    if (clicked) this.#open(film);
    return clicked;
  }

  /** Cosine of the film's content and the visitor's taste. */
  affinity(film: Film): number {
    return cosine(film.content, this.#taste);
  }

  /** `events` as they lie behind `now` when the visitor's clock is taken to show it: for callers that run faster than the visitor. */
  eventsBefore(now: number): SessionEvent[] {
    return this.events.map((e) => ({ ...e, at: e.at - this.#now + now }));
  }

  #browse(): void {
    const opens = OPENED[0] + Math.floor((OPENED[1] - OPENED[0] + 1) * this.#random());
    for (let n = 0; n < opens; n++) {
      this.#now += Math.round(10_000 + 80_000 * this.#random());
      const considered = Array.from({ length: CONSIDERED }, () => films[Math.floor(films.length * this.#random())]!);
      this.#open(
        pick(
          considered,
          considered.map((f) => Math.exp(8 * this.affinity(f))),
          this.#random(),
        ),
      );
    }
    this.#now += Math.round(5_000 + 40_000 * this.#random());
  }

  #open(film: Film): void {
    this.#opened.unshift(film.id);
    this.events.push({ type: "view", at: this.#now, properties: viewOf(film) });
  }
}

/** The highest true click probability of any film: what a decider that knew the taste would get. */
export function bestReward(visitor: Visitor, among: readonly Film[] = films): number {
  return Math.max(...among.map((f) => visitor.clickProbability(f)));
}

/** The mean true click probability: what choosing at random gets. */
export function uniformReward(visitor: Visitor, among: readonly Film[] = films): number {
  return among.reduce((sum, f) => sum + visitor.clickProbability(f), 0) / among.length;
}

function pick<T>(from: readonly T[], weights: readonly number[], u: number): T {
  let left = u * weights.reduce((a, b) => a + b, 0);
  const i = weights.findIndex((w) => {
    left -= w;
    return left < 0;
  });
  return from[i < 0 ? from.length - 1 : i]!;
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < tasteAxes.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / Math.sqrt(aa * bb);
}
