import type { FixtureRandom } from "../../conformance/random.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import { sample } from "../../shared/policies/sample.ts";

/** What a forger has beside a good record. */
type Workshop = {
  random: FixtureRandom;
  /** An id that no record has. */
  nextId(): string;
  /** A record of the same model by an older snapshot. */
  older: DecisionRecord;
  /** One of another model. */
  other: DecisionRecord;
  /** One of the same model by outputs of its graph that are invented. */
  invented: DecisionRecord;
};

/** Makes a false record of a good one; null where this forgery is not for such a record, or would make no false one. */
export type Forgery = (good: DecisionRecord, workshop: Workshop) => object | null;

const changed = (values: readonly number[], at: number, change: (x: number) => number): number[] =>
  values.map((x, i) => (i === at ? change(x) : x));
const somewhere = (values: readonly unknown[], random: FixtureRandom): number => random.whole(values.length);
/** The next number that a double can be. */
const next = (x: number): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
};

/**
 * Forgeries of which only what follows is false. A brief batch does not say the scores, so one of these that comes to the same choice with the same propensity is what an honest page
 * says: one with these features, this list or this snapshot.
 */
export const byWhatFollows = new Set([
  "a score, by its last bit",
  "a score of 1e20",
  "no number",
  "a context that was another",
  "a feature that was another",
  "a stale snapshot",
  "another list of actions",
  "actions in another order",
]);

export const forgeries: Record<string, Forgery> = {
  "a propensity, by its last bit": (d) =>
    d.task === "rank" ? { ...d, probabilities: changed(d.probabilities, d.chosen, next) } : null,
  "a small propensity, that weighs more": (d) => {
    if (d.task !== "rank") return null;
    const rest = (1 - 1e-4) / (d.actions.length - 1);
    return { ...d, probabilities: d.probabilities.map((_, i) => (i === d.chosen ? 1e-4 : rest)) };
  },
  "a score, by its last bit": (d, { random }) =>
    d.task === "rank"
      ? { ...d, scores: changed(d.scores, somewhere(d.scores, random), next) }
      : { ...d, score: next(d.score) },
  "a score of 1e20": (d, { random }) =>
    d.task === "rank"
      ? { ...d, scores: changed(d.scores, somewhere(d.scores, random), () => 1e20) }
      : { ...d, score: 1e20, value: 1 },
  "no number": (d) => (d.task === "rank" ? { ...d, scores: d.scores.map(() => null) } : { ...d, value: null }),
  "another choice": (d, { random }) =>
    d.task === "rank" ? { ...d, chosen: (d.chosen + 1 + random.whole(d.actions.length - 1)) % d.actions.length } : null,
  "the choice of another id": (d, { nextId }) => {
    const id = nextId();
    return d.task === "rank" && sample(id, d.probabilities) !== d.chosen ? { ...d, id } : null;
  },
  "a context that was another": (d) => ({ ...d, context: { ...d.context, device: "none of them" } }),
  "another list of actions": (d, { older }) =>
    d.task === "rank" && older.task === "rank" ? { ...d, actions: older.actions } : null,
  "actions in another order": (d) => (d.task === "rank" ? { ...d, actions: d.actions.toReversed() } : null),
  "an invented snapshot": (d, { random }) => ({ ...d, snapshot: 1e6 + random.whole(1e6) }),
  "a stale snapshot": (d, { older }) => {
    const both = { ...d, snapshot: older.snapshot };
    return older.snapshot === d.snapshot ? null : both;
  },
  "a snapshot of nobody": (d) => ({ ...d, snapshot: Number.MAX_SAFE_INTEGER }),
  "an invented version": (d, { random }) => ({ ...d, version: 2 + random.whole(1000) }),
  "another model's name": (d, { other }) => (other.model === d.model ? null : { ...d, model: other.model, version: 1 }),
  "a canary that there is not": (d) => ({
    ...d,
    assignment: { stage: "canary", share: 1, directory: d.assignment!.directory },
  }),
  "an invented directory": (d, { random }) => ({
    ...d,
    assignment: { stage: "canary", share: 1, directory: 1e5 + random.whole(1e5) },
  }),
  "the edge's place": (d) => ({ ...d, computedBy: { ...d.computedBy, place: "edge" } }),
  "600 outputs of a graph": (d) => {
    const rows = d.task === "rank" ? d.actions.length : 1;
    const graph = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`invented${i}`, Array(rows).fill(0.5)]));
    return { ...d, graph, computedBy: { place: "browser", runtime: "wasm" } };
  },
  "a graph's outputs, scored as they were": (d, { random }) => {
    const [name, values] = Object.entries(d.graph ?? {})[0] ?? [];
    return values ? { ...d, graph: { [name!]: changed(values, somewhere(values, random), (x) => x + 0.01) } } : null;
  },
  "a graph's outputs, from which all else follows": (_, { invented }) => invented.graph && invented,
  "a session feature that the spec has not": (d) => ({ ...d, sessionFeatures: { ...d.sessionFeatures, wealth: 1 } }),
  "a session feature of another kind": (d) => ({ ...d, sessionFeatures: { ...d.sessionFeatures, views: "many" } }),
  "a feature that was another": (d) => ({
    ...d,
    sessionFeatures: { ...d.sessionFeatures, views: 1000, genres: ["drama"], taste: null },
  }),
};
