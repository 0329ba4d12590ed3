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
 * an object of `true`s. VW reads no keys that begin with `_`: features of such names are lost on it.
 * @param reward null: nothing is known of it; VW then only predicts.
 * @param at when it was decided, ms since the epoch.
 */
export function dsjsonLine(record: RankRecord, reward: number | null, at: number): string {
  const { id, model, version, snapshot, chosen, probabilities, actions, graph, matches } = record;
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
      context: namespace(record.context),
      session: namespace(record.sessionFeatures),
      profile: namespace(record.profileFeatures),
      // For a spec that reads it again: VW passes it by.
      ...(matches && { _matches: matches }),
      _multi: actions.map((action, i) => ({
        _tag: action.id,
        action: namespace(action.features),
        ...(graph && { graph: Object.fromEntries(Object.entries(graph).map(([name, values]) => [name, values[i]])) }),
      })),
    },
    p: ranking.map((i) => probabilities[i]),
    VWState: { m: `${model}@${version}.${snapshot}` },
  });
}

/**
 * What a decision was made from, of the features (`c`) of a line that `dsjsonLine` wrote, so that a spec finds its values where it found them
 * before; null: they are another's. (An object of nothing but `true`s comes back as a set of categories.)
 */
export function exportedInput(features: Record<string, unknown>, at: number): FeaturizerInput | null {
  const { context, session, profile, _multi: items, _matches: matches } = features;
  if (!isObject(context) || !isObject(session) || !isObject(profile) || !Array.isArray(items)) return null;
  if (!items.every((item) => isObject(item) && isObject(item.action))) return null;
  const exported = items as { _tag?: unknown; action: Record<string, unknown>; graph?: Record<string, number> }[];
  const outputs = Object.keys(exported[0]?.graph ?? {});
  return {
    at,
    context: values(context) as Properties,
    sessionFeatures: values(session) as FeatureValues,
    profileFeatures: values(profile) as FeatureValues,
    actions: exported.map(({ _tag, action }, i) => ({
      id: String(_tag ?? i + 1),
      features: values(action) as Properties,
    })),
    ...(matches !== undefined && { matches: matchesOf(matches) }),
    graph:
      outputs.length === 0
        ? null
        : Object.fromEntries(outputs.map((name) => [name, exported.map(({ graph }) => graph?.[name] ?? Number.NaN)])),
  };
}

/** @throws InputError when they are not what `dsjsonLine` writes. */
function matchesOf(given: unknown): Matches {
  const { data, error } = matchList.safeParse(given);
  if (data) return data;
  const { path, message } = error.issues[0]!;
  throw new InputError(`${["c._matches", ...path].join(".")}: ${message}`);
}

/** The inverse of `namespace`. */
const values = (namespace: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(namespace).map(([name, value]) => [
      name,
      !isObject(value) ? value : isSet(value) ? Object.keys(value) : values(value),
    ]),
  );

const isSet = (object: Record<string, unknown>): boolean => {
  const members = Object.values(object);
  return members.length > 0 && members.every((member) => member === true);
};

/** VW's lists hold numbers only. */
function namespace(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isObject(value) ? namespace(value) : item(value)]),
  );
}

function item(value: unknown): unknown {
  if (!Array.isArray(value) || value.every((entry) => typeof entry === "number")) return value;
  return Object.fromEntries(value.filter((entry) => entry !== null).map((entry) => [String(entry), true]));
}
