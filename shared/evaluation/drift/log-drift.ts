import type { FeaturizerInput } from "../../features/hashed-decision.ts";
import { CategoricalPsi } from "./categorical-psi.ts";
import { namedValues, type Value } from "./named-values.ts";
import { NumericPsi } from "./numeric-psi.ts";

/** How far the second half of a log is from its first, as population stability indices: above .25 is a shift. */
export type DriftReport = {
  reward: number | null;
  /** Of the scores that the log tells; null: it tells none. */
  score: number | null;
  /** Of what all actions share, by its path; numbers in the ten quantiles of the first half, anything else as categories. */
  features: Record<string, number>;
  /** Features of the log beyond those that are looked at. */
  notLookedAt: number;
};

/** What is looked at of a decision. */
export type Observation = { reward: number; score?: number | undefined; values: () => Shared };
type Shared = Pick<FeaturizerInput, "context" | "sessionFeatures" | "profileFeatures">;

/** So few values say nothing: with ten bins chance alone makes .04 of 500. */
const FEWEST = 500;
/** Decisions looked at in each half, evenly spaced: reading named values costs time. */
const MOST = 5000;
/** Features looked at: the first of the log. Of others it is known only that they are there, up to so many. */
const MOST_FEATURES = 1000;
const MOST_NAMES = 100_000;
/** Categories with less than this share of the first half are taken together. */
const RARE = 0.01;

/** Compares the halves of a log whose length is known, in one pass. */
export class LogDrift {
  readonly #half: number;
  readonly #stride: number;
  #seen = 0;
  #references = new Map<string, Value[]>();
  #looked = 0;
  /** Decisions looked at in the second half. */
  #compared = 0;
  readonly #others = new Set<string>();
  #indices: Map<string, Index> | null = null;

  /** @param decisions that will come. */
  constructor(decisions: number) {
    this.#half = Math.floor(decisions / 2);
    this.#stride = Math.max(1, Math.ceil(this.#half / MOST));
  }

  update(observation: Observation): void {
    const i = this.#seen++;
    if (this.#half < FEWEST || i % this.#stride !== 0) return;
    const values = valuesOf(observation);
    if (i < this.#half) this.#remember(values);
    else {
      this.#indices ??= this.#index();
      for (const name of values.keys()) if (!this.#indices.has(name)) this.#appeared(name, this.#indices);
      for (const [name, index] of this.#indices) index.update(values.get(name) ?? null);
      this.#compared++;
    }
  }

  /** null when the log is too short. */
  get report(): DriftReport | null {
    if (this.#indices === null) return null;
    const found = [...this.#indices].map(([name, { value }]) => [name, value] as const);
    const all = new Map(found);
    return {
      reward: all.get(REWARD) ?? null,
      score: all.get(SCORE) ?? null,
      features: Object.fromEntries(
        found.filter(([name, value]) => name !== REWARD && name !== SCORE && value !== null),
      ) as Record<string, number>,
      notLookedAt: this.#others.size,
    };
  }

  #remember(values: Map<string, Value>): void {
    for (const [name, value] of values) {
      let reference = this.#references.get(name);
      if (reference === undefined) {
        if (this.#references.size >= MOST_FEATURES) {
          this.#leaveOut(name);
          continue;
        }
        reference = [];
        this.#references.set(name, reference);
      }
      while (reference.length < this.#looked) reference.push(null);
      reference.push(value);
    }
    this.#looked++;
  }

  /** A feature that the first half has not at all. */
  #appeared(name: string, indices: Map<string, Index>): void {
    if (indices.size >= MOST_FEATURES) {
      this.#leaveOut(name);
      return;
    }
    const index = new CategoricalPsi(new Array<string>(this.#looked).fill(MISSING));
    const update = (value: Value) => index.update(value === null ? MISSING : "there");
    for (let i = 0; i < this.#compared; i++) update(null);
    indices.set(name, {
      update,
      get value() {
        return index.value;
      },
    });
  }

  #leaveOut(name: string): void {
    if (this.#others.size < MOST_NAMES) this.#others.add(name);
  }

  #index(): Map<string, Index> {
    const indices = new Map<string, Index>();
    for (const [name, reference] of this.#references) {
      while (reference.length < this.#looked) reference.push(null);
      indices.set(name, indexOf(reference));
    }
    this.#references = new Map();
    return indices;
  }
}

const MISSING = "missing";
// Paths of features have no spaces in front.
const REWARD = " reward";
const SCORE = " score";

function valuesOf({ reward, score, values }: Observation): Map<string, Value> {
  const { context, sessionFeatures, profileFeatures } = values();
  const found = new Map<string, Value>([[REWARD, reward]]);
  if (score !== undefined) found.set(SCORE, score);
  const add = (name: string, value: Value) => found.set(name, value);
  namedValues(context, "", add);
  namedValues(sessionFeatures, "session.", add);
  namedValues(profileFeatures, "profile.", add);
  return found;
}

type Index = { update(value: Value): void; readonly value: number | null };

function indexOf(reference: readonly Value[]): Index {
  if (reference.every((value) => typeof value !== "string")) {
    const index = new NumericPsi(reference as (number | null)[]);
    // A number where there were none but numbers; text is as good as missing.
    return {
      update: (value) => index.update(typeof value === "string" ? null : value),
      get value() {
        return index.value;
      },
    };
  }
  const counts = new Map<string, number>();
  const name = (value: Value) => (value === null ? MISSING : `=${value}`);
  for (const value of reference) counts.set(name(value), (counts.get(name(value)) ?? 0) + 1);
  const common = (value: Value) => ((counts.get(name(value)) ?? 0) >= RARE * reference.length ? name(value) : "rare");
  const index = new CategoricalPsi(reference.map(common));
  return {
    update: (value) => index.update(common(value)),
    get value() {
      return index.value;
    },
  };
}
