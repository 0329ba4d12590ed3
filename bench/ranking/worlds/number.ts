import { field } from "../../../shared/contract/define.ts";
import type { Source } from "../../source.ts";
import type { Round, World } from "../world.ts";

type NumberWorld = {
  name: string;
  /** The context number: a whole number from `from`, below `to`. */
  from: number;
  to: number;
  /** It has so many actions, and so many parts, in each of which one action is best. */
  actions: number;
  parts: number;
};

/** A number of the context decides alone which action is best: rewarded 6 times of 10 where it is, and 3 where it is not. */
function numberWorld({ name, from, to, actions: count, parts }: NumberWorld): World {
  const actions = Array.from({ length: count }, (_, i) => ({ id: `a${i}`, features: { name: `a${i}` } }));
  // One of each action by itself: references learn each alone.
  const offered = actions.map((_, i) => actions.map((_, j) => Number(i === j)));
  return {
    name,
    question: { kind: "greedy", after: 10_000 },
    shared: false,
    features: { context: { number: field("number") }, action: { name: field("name") } },
    stream(source: Source) {
      const best = bestOfParts(count, parts, source);
      const next = (): Round => {
        const number = from + source.whole(to - from);
        const part = Math.floor(((number - from) * parts) / (to - from));
        const expected = Float64Array.from(actions, (_, i) => (i === best[part] ? 0.6 : 0.3));
        const visitor = Array.from({ length: parts }, (_, i) => Number(i === part));
        return { context: { number }, actions, expected, visitor, offered };
      };
      return { next };
    },
  };
}

/** No part has its neighbour's action. */
function bestOfParts(actions: number, parts: number, source: Source): number[] {
  const best: number[] = [];
  while (best.length < parts) {
    const action = source.whole(actions);
    if (action !== best.at(-1)) best.push(action);
  }
  return best;
}

export const hour: World = numberWorld({ name: "number: hour", from: 0, to: 24, actions: 4, parts: 4 });
export const age: World = numberWorld({ name: "number: age", from: 18, to: 82, actions: 4, parts: 4 });
export const minuteHeldOut: World = numberWorld({
  name: "number, held out: minute",
  from: 0,
  to: 60,
  actions: 5,
  parts: 5,
});
export const yearHeldOut: World = numberWorld({
  name: "number, held out: year",
  from: 1960,
  to: 2024,
  actions: 3,
  parts: 5,
});
