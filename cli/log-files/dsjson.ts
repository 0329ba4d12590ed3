import { type DecisionRecord, matches as matchList } from "../../shared/contract/record.ts";
import type { FeatureValues, Properties } from "../../shared/contract/values.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";
import type { Matches } from "../../shared/features/matching.ts";
import { InputError } from "../files/input-error.ts";
import { isObject } from "../files/is-object.ts";

type RankRecord = Extract<DecisionRecord, { task: "rank" }>;

/**
 * A rank decision with its reward as a line of a decision service's log (dsjson), without the line's end: what all actions share is in the namespaces
 * `context`, `session` and `profile`, an action's own is in `action` and `graph`, and its id is its `_tag`. A set of categories is
 * an object of `true`s. VW reads no keys that begin with `_`: features of such names are lost on it. What such an object does not tell of a value (the order of `7` and `a`, that 7 was a number, that there was no set but an object) stands
 * in `_values`, by its place.
 * @param reward null: nothing is known of it; VW then only predicts.
 * @param at when it was decided, ms since the epoch.
 */
export function dsjsonLine(record: RankRecord, reward: number | null, at: number): string {
  const { id, model, version, snapshot, chosen, probabilities, actions, graph, matches } = record;
  const kept: Kept[] = [];
  const ranking = actions
    .map((_, i) => i)
    .sort((a, b) => Number(b === chosen) - Number(a === chosen) || probabilities[b]! - probabilities[a]!);
  const label =
    reward === null
      ? {}
      : {
          _label_cost: -reward,
          _label_probability: probabilities[chosen]!,
          _label_Action: chosen + 1,
          _labelIndex: chosen,
        };
  return JSON.stringify({
    ...label,
    Version: "1",
    EventId: id,
    Timestamp: new Date(at).toISOString(),
    a: ranking.map((i) => i + 1),
    c: {
      context: namespace(record.context, ["context"], kept),
      session: namespace(record.sessionFeatures, ["session"], kept),
      profile: namespace(record.profileFeatures, ["profile"], kept),
      // For a spec that reads it again: VW passes it by.
      ...(matches && { _matches: matches }),
      _multi: actions.map((action, i) => ({
        _tag: action.id,
        action: namespace(action.features, ["_multi", i, "action"], kept),
        ...(graph && { graph: Object.fromEntries(Object.entries(graph).map(([name, values]) => [name, values[i]])) }),
      })),
      ...(kept.length > 0 && { _values: kept }),
    },
    p: ranking.map((i) => probabilities[i]),
    VWState: { m: `${model}@${version}.${snapshot}` },
  });
}

/**
 * What a decision was made from, of the features (`c`) of a line that `dsjsonLine` wrote, so that a spec finds its values where it found them
 * before; null: they are another's.
 */
export function exportedInput(features: Record<string, unknown>, at: number): FeaturizerInput | null {
  const { context, session, profile, _multi: items, _matches: matches, _values: values } = features;
  if (!isObject(context) || !isObject(session) || !isObject(profile) || !Array.isArray(items)) return null;
  if (!items.every((item) => isObject(item) && isObject(item.action))) return null;
  const exported = items as { _tag?: unknown; action: Record<string, unknown>; graph?: Record<string, number> }[];
  const outputs = Object.keys(exported[0]?.graph ?? {});
  const kept = keptOf(values);
  return {
    at,
    context: valuesOf(context, ["context"], kept) as Properties,
    sessionFeatures: valuesOf(session, ["session"], kept) as FeatureValues,
    profileFeatures: valuesOf(profile, ["profile"], kept) as FeatureValues,
    actions: exported.map(({ _tag, action }, i) => ({
      id: String(_tag ?? i + 1),
      features: valuesOf(action, ["_multi", i, "action"], kept) as Properties,
    })),
    ...(matches !== undefined && { matches: matchesOf(matches) }),
    graph:
      outputs.length === 0
        ? null
        : Object.fromEntries(outputs.map((name) => [name, exported.map(({ graph }) => graph?.[name] ?? Number.NaN)])),
  };
}

/** Where a value stands in a line's features, and what it is, where that is not told there. */
type Kept = { at: Place; value: unknown };
type Place = readonly (string | number)[];

/** By place. @throws InputError when they are not what `dsjsonLine` writes. */
function keptOf(given: unknown = []): ReadonlyMap<string, unknown> {
  if (!Array.isArray(given) || !given.every((one) => isObject(one) && Array.isArray(one.at) && "value" in one))
    throw new InputError("c._values: must be a list of { at, value }");
  return new Map(given.map(({ at, value }: Kept) => [keyOf(at), value]));
}

const keyOf = (place: Place): string => JSON.stringify(place);

/** @throws InputError when they are not what `dsjsonLine` writes. */
function matchesOf(given: unknown): Matches {
  const { data, error } = matchList.safeParse(given);
  if (data) return data;
  const { path, message } = error.issues[0]!;
  throw new InputError(`${["c._matches", ...path].join(".")}: ${message}`);
}

/** The inverse of `namespace`. */
const valuesOf = (
  namespace: Record<string, unknown>,
  at: Place,
  kept: ReadonlyMap<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(namespace).map(([name, value]) => {
      if (!isObject(value)) return [name, value];
      const place = [...at, name];
      const key = keyOf(place);
      if (kept.has(key)) return [name, kept.get(key)];
      return [name, isSet(value) ? Object.keys(value) : valuesOf(value, place, kept)];
    }),
  );

const isSet = (object: Record<string, unknown>): boolean => {
  const members = Object.values(object);
  return members.length > 0 && members.every((member) => member === true);
};

/** VW's lists hold numbers only. @param kept gets what does not come back as it was. */
function namespace(values: Record<string, unknown>, at: Place, kept: Kept[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const place = [...at, name];
      const written = isObject(value) ? namespace(value, place, kept) : item(value);
      // What is no set but looks like one needs no other place within.
      const back = isObject(written) && isSet(written) ? Object.keys(written) : isObject(value) ? value : written;
      if (JSON.stringify(back) !== JSON.stringify(value)) kept.push({ at: place, value });
      return [name, written];
    }),
  );
}

function item(value: unknown): unknown {
  if (!Array.isArray(value) || value.every((entry) => typeof entry === "number")) return value;
  return Object.fromEntries(value.filter((entry) => entry !== null).map((entry) => [String(entry), true]));
}
