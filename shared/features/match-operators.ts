import type { Action, Match, SessionEvent } from "../contract/record.ts";
import type { CallOperator } from "../contract/spec.ts";
import type { FeatureValue } from "../contract/values.ts";
import { type CallFeature, callOperators } from "./call-operators.ts";
import { EventHistory } from "./event-history.ts";
import type { Matches, MatchesOf, MatchSession, MatchState } from "./matching.ts";

/**
 * Whether an action matches what the session did: has a property that an event had, too. Numbers and booleans match texts that are written like them; of an action's list each text counts.
 *
 * A session keeps of each path, such as `view.item`, the newest MAX_EVENTS events that have a value there. A decision's record holds, of those until then, what its actions match, and nothing of the others: so
 * whoever has the record computes the same.
 */

/** An operator that reads a property of the session's events, too. */
export type MatchOperator = Extract<CallOperator, { event: string }>;

/** Of the values that an action has in common with events; there is at least one of the action. */
const values: { [Op in MatchOperator["op"]]: (found: readonly Match[]) => FeatureValue } = {
  seen: (found) => Number(found.length > 0),
  timesSeen: (found) => found.reduce((sum, { times }) => sum + times, 0),
  lastSeenAgo: (found) => (found.length === 0 ? null : Math.min(...found.map(({ ago }) => ago))),
};

/**
 * - `seen`: 1 or 0.
 * - `timesSeen`: of how many events.
 * - `lastSeenAgo`: seconds since the newest of them; null where there is none.
 *
 * All are null of an action that lacks the property, and of a decision that does not tell what it matches: of a version that did not ask, or a log that has no events.
 */
export function matchFeature(operator: MatchOperator): CallFeature {
  const { op, event } = operator;
  const own = ownValues(operator);
  const byValue = new WeakMap<Matches, Map<string, Match>>();
  return (data, { matches }, id) => {
    const mine = own({ id: id!, features: data });
    if (!matches || mine.length === 0) return null;
    let known = byValue.get(matches);
    if (!known) {
      known = new Map(matches.flatMap((match) => (match.event === event ? [[match.value, match]] : [])));
      byValue.set(matches, known);
    }
    return values[op](mine.flatMap((value) => known.get(value) ?? []));
  };
}

/** A session of these events, of which all count. */
export const sessionOfEvents = (events: readonly SessionEvent[]): MatchSession => ({
  state: (_, __, make) => {
    const state = make();
    for (const event of events) state.add(event);
    return state;
  },
});

/** A field is the same at any time. */
const NOW = { at: 0 };

export const matchesOf: MatchesOf = (operators, actions, at, session, position) => {
  const matching = Object.values(operators).filter(isMatch);
  if (!actions || matching.length === 0) return {};
  const state = session.state(operators, position, () => matchedEvents(matching));
  return { matches: state.matches(at, actions) };
};

const isMatch = (operator: CallOperator): operator is MatchOperator => "event" in operator;

/** Values of an action under an operator's path, each once, as texts. Its `id` is its id, where it has no property of that name. */
function ownValues({ path }: MatchOperator): (action: Action) => string[] {
  const read = callOperators.field({ op: "field", path });
  return ({ id, features }) => {
    const value = read(features, NOW, id);
    return (Array.isArray(value) ? value : [value]).flatMap((one) => (one === null ? [] : String(one)));
  };
}

/** What events had under one path, and who asks for it. */
type Watched = {
  path: string;
  type: string;
  history: EventHistory<string>;
  read: CallFeature;
  own: ((action: Action) => string[])[];
};

function matchedEvents(operators: readonly MatchOperator[]): MatchState {
  const all: Watched[] = [];
  for (const operator of operators) {
    let watched = all.find(({ path }) => path === operator.event);
    if (!watched) {
      watched = watch(operator.event);
      all.push(watched);
    }
    watched.own.push(ownValues(operator));
  }
  return {
    add(event) {
      for (const { type, history, read } of all) {
        const value = type === event.type ? read(event.properties, NOW) : null;
        if (value !== null && !Array.isArray(value)) history.add(event, String(value));
      }
    },
    matches: (at, actions) => all.flatMap((watched) => matchesIn(watched, at, actions)),
  };
}

function watch(path: string): Watched {
  const dot = path.indexOf(".");
  const read = callOperators.field({ op: "field", path: path.slice(dot + 1) });
  return { path, type: path.slice(0, dot), history: new EventHistory(), read, own: [] };
}

/** The newest first. */
function matchesIn({ path, history, own }: Watched, at: number, actions: readonly Action[]): Match[] {
  let i = history.until(at);
  if (i === 0) return [];
  const wanted = new Set(actions.flatMap((action) => own.flatMap((values) => values(action))));
  const found = new Map<string, Match>();
  while (i-- > 0) {
    const value = history.value(i);
    const known = found.get(value);
    if (known) known.times++;
    else if (wanted.has(value)) found.set(value, { event: path, value, times: 1, ago: (at - history.at(i)) / 1000 });
  }
  return [...found.values()];
}
