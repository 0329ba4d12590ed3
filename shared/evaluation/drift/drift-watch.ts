import { CALL, sessionOf, takenFrom } from "../../contract/issued-session.ts";
import type { DecisionRecord } from "../../contract/record.ts";
import { type ModelSpec, rewardRange } from "../../contract/spec.ts";
import { murmur3 } from "../../math/murmur3.ts";
import type { LearnedExample } from "../../versions/learn-example.ts";
import { MissingFeatures, type MissingReport } from "../missing-features.ts";
import { type MeanChange, MeanWatch, type MeanWatchState } from "./mean-watch.ts";
import { namedValues, type Value } from "./named-values.ts";
import { REFERENCE, ValueWatch, type ValueWatchState } from "./value-watch.ts";

/** What can drift: the learner's loss, rewards or labels, scores, features. */
export const DRIFT_KINDS = ["loss", "reward", "score", "feature"] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** Something that has changed. `feature`: its path, null of all else. `at`: when the example was received that showed it, ms since the epoch, the log's clock. */
export type Drift = { of: DriftKind; feature: string | null; from: string; to: string; at: number };

/** How often something has changed, and when last; null: never. */
export type DriftCounts = { readonly [kind in DriftKind]: { changes: number; last: number | null } };

/** Most features that are looked at, the first that come; of those that are in lists. */
const MOST_FEATURES = 128;
const MOST_IN_LISTS = 64;
/** What pages do in one session is much alike, and would look like a shift: of so many examples that are looked at, or four times as many that are not, a session has one. */
const APART = 256;
/** Of how many rewards the mean is that a rank model's loss is compared with. */
const RECENT = 500;

/** Longer ago than anything. */
const NEVER = -1e9;

const FORMAT = 1;
type State = {
  format: number;
  counts: DriftCounts;
  examples: number;
  looked: number;
  changedAt: number;
  recent: number[];
  since: number;
  mean: number;
  loss: MeanWatchState;
  reward: MeanWatchState;
  score: ValueWatchState;
  features: [string, ValueWatchState][];
  /** States of before have none. */
  missing?: MissingReport;
};

/** A feature that is watched, and its value in the example at hand. */
type Watched = { watch: ValueWatch; value: Value };

/**
 * Watches what a version learns from, an example at a time: ADWIN on loss and reward, and the population stability index of features and scores. What it says is a function of the examples and their
 * order alone. Bounded in memory.
 *
 * - reward: labels both ways; rewards of a model that ranks when they fall, as it is there to raise them.
 * - loss: when it rises. The loss of a model that ranks depends on what it chooses to learn from, so there it is compared with the loss of predicting the mean reward, and told when it is the worse of
 *   the two.
 * - feature: values of the context, of session and profile, and of one action of each decision, which of them says its number.
 * - score: as a learner that gets better moves its scores, they are told only with another change.
 */
export class DriftWatch {
  readonly #isRank: boolean;
  readonly #loss: MeanWatch;
  readonly #reward: MeanWatch;
  #score = new ValueWatch();
  readonly #features = new Map<string, Watched>();
  #inLists = 0;
  #examples = 0;
  /** Examples whose values were looked at. */
  #looked = 0;
  /** When of them something changed last. */
  #changedAt = NEVER;
  /** Sessions of which an example was looked at, as hashes, of the last `#since` examples. */
  readonly #recent = new Set<number>();
  #since = 0;
  #mean = 0;
  #counts: DriftCounts;
  readonly #missing: MissingFeatures;

  constructor(spec: ModelSpec) {
    const { task } = spec;
    this.#missing = new MissingFeatures(spec, Number.POSITIVE_INFINITY);
    this.#isRank = task.type === "rank";
    const isBinary = task.type === "predict" && task.label === "binary";
    this.#loss = new MeanWatch({
      range: null,
      told: ({ from, to }) => to > from && (!this.#isRank || to > 0),
    });
    this.#reward = new MeanWatch({
      range: isBinary ? [0, 1] : rewardRange(spec),
      told: ({ from, to }) => !this.#isRank || to < from,
    });
    const none = { changes: 0, last: null };
    this.#counts = { loss: none, reward: none, score: none, feature: none };
  }

  get counts(): DriftCounts {
    return this.#counts;
  }

  /** Features that have not come yet. While all have, examples are not counted. */
  get missing(): MissingReport {
    return this.#missing.report;
  }

  /** @returns what this example shows to have changed: mostly nothing. */
  update(example: LearnedExample): Drift[] {
    const { record, receivedAt, value, loss } = example;
    const found: Drift[] = [];
    const tell = (of: DriftKind, feature: string | null, { from, to }: { from: string; to: string }) =>
      found.push({ of, feature, from, to, at: receivedAt });
    this.#missing.update(() => (record.task === "rank" ? record : { ...record, actions: [] }));
    const reward = this.#reward.update(value);
    if (reward !== null) tell("reward", null, asText(reward));
    const worse = this.#loss.update(this.#isRank ? loss - this.#lossOfMean(value) : loss);
    if (worse !== null) tell("loss", null, asText(worse));
    if (this.#isLookedAt(record.id, receivedAt)) this.#look(record, found.length > 0, tell);
    else if (found.length > 0) this.#changedAt = this.#looked;
    for (const { of } of found)
      this.#counts = { ...this.#counts, [of]: { changes: this.#counts[of].changes + 1, last: receivedAt } };
    this.#examples++;
    return found;
  }

  /** All that it knows: one of the same spec that reads it goes on as this one. */
  state(): string {
    const state: State = {
      format: FORMAT,
      counts: this.#counts,
      examples: this.#examples,
      looked: this.#looked,
      changedAt: this.#changedAt,
      recent: [...this.#recent],
      since: this.#since,
      mean: this.#mean,
      loss: this.#loss.state,
      reward: this.#reward.state,
      score: this.#score.state,
      features: [...this.#features].map(([name, { watch }]) => [name, watch.state]),
      missing: this.missing,
    };
    return JSON.stringify(state);
  }

  /** @throws Error when it is none. */
  read(text: string): void {
    const state = JSON.parse(text) as State;
    if (state.format !== FORMAT) throw new Error(`what was watched is of format ${state.format}, not ${FORMAT}`);
    this.#counts = state.counts;
    this.#examples = state.examples;
    this.#looked = state.looked;
    this.#changedAt = state.changedAt;
    this.#recent.clear();
    for (const session of state.recent) this.#recent.add(session);
    this.#since = state.since;
    this.#mean = state.mean;
    this.#loss.read(state.loss);
    this.#reward.read(state.reward);
    this.#score = ValueWatch.read(state.score);
    this.#features.clear();
    for (const [name, watch] of state.features)
      this.#features.set(name, { watch: ValueWatch.read(watch), value: null });
    this.#inLists = [...this.#features.keys()].filter(isInList).length;
    if (state.missing) this.#missing.read(state.missing);
  }

  /** The loss of who predicts the mean of the rewards so far. */
  #lossOfMean(reward: number): number {
    const distance = reward - this.#mean;
    this.#mean += distance / Math.min(this.#examples + 1, RECENT);
    return distance * distance;
  }

  #isLookedAt(id: string, receivedAt: number): boolean {
    if (this.#recent.size >= APART || this.#since >= 4 * APART) {
      this.#recent.clear();
      this.#since = 0;
    }
    this.#since++;
    const session = sessionOf(id);
    const to = takenFrom(session, receivedAt);
    if (to === null || to === CALL) return true;
    const key = murmur3(session, 0);
    if (this.#recent.has(key)) return false;
    this.#recent.add(key);
    return true;
  }

  #look(
    record: DecisionRecord,
    hasChanged: boolean,
    tell: (of: DriftKind, feature: string | null, change: { from: string; to: string }) => void,
  ): void {
    const see = (name: string, value: number | string) => {
      const known = this.#features.get(name) ?? this.#begin(name);
      if (known) known.value = value;
    };
    namedValues(record.context, "", see);
    namedValues(record.sessionFeatures, "session.", see);
    namedValues(record.profileFeatures, "profile.", see);
    // Which action is chosen is the policy's doing; which are there to choose from is not.
    const action = record.task === "rank" ? this.#looked % record.actions.length : 0;
    if (record.task === "rank") namedValues(record.actions[action]!.features, "action.", see);
    let shifted = hasChanged;
    for (const [name, one] of this.#features) {
      const shift = one.watch.update(one.value);
      one.value = null;
      if (shift === null) continue;
      shifted = true;
      tell("feature", name, shift);
    }
    this.#looked++;
    if (shifted) this.#changedAt = this.#looked;
    const shift = this.#score.update((record.task === "rank" ? record.scores[action] : record.score) ?? null);
    if (shift !== null && this.#looked - this.#changedAt <= REFERENCE) tell("score", null, shift);
  }

  /** A feature that was not there before; null when there is no room for it. */
  #begin(name: string): Watched | null {
    const inList = isInList(name);
    if (this.#features.size >= MOST_FEATURES || (inList && this.#inLists >= MOST_IN_LISTS)) return null;
    if (inList) this.#inLists++;
    const isNew = this.#looked >= REFERENCE;
    const watch = isNew ? ValueWatch.appeared() : new ValueWatch();
    if (!isNew) for (let i = 0; i < this.#looked; i++) watch.update(null);
    const watched = { watch, value: null };
    this.#features.set(name, watched);
    return watched;
  }
}

const isInList = (name: string): boolean => name.includes("=");
const asText = ({ from, to }: MeanChange) => ({ from: text(from), to: text(to) });
const text = (x: number): string => `mean ${Number(x.toPrecision(3))}`;
