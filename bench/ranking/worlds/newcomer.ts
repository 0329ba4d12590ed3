import { field } from "../../../shared/contract/define.ts";
import { fields, named } from "../../numbered.ts";
import type { Source } from "../../source.ts";
import type { Round, World } from "../world.ts";
import { expectedReward, tasteOf } from "./bilinear.ts";

type NewcomerWorld = {
  name: string;
  visitor: number;
  action: number;
  actions: number;
  every: number;
  own: number;
  spread: number;
};

/**
 * News of which one article goes and another comes every so often. What an article is worth is linear in its numbers and the visitor's, and a part of it
 * is its own, which no feature tells.
 */
function newcomerWorld({ name, visitor, action, actions: count, every, own, spread }: NewcomerWorld): World {
  return {
    name,
    question: { kind: "cold", every, cold: every / 5, until: 20 * every },
    shared: true,
    features: { context: fields(visitor), action: { ...fields(action), article: field("article") } },
    stream(source: Source) {
      const matrix = Array.from({ length: visitor + 1 }, () => source.normals(action));
      const unit = spread / Math.sqrt((visitor + 1) * action);
      let made = 0;
      const article = () => {
        const numbers = source.normals(action);
        const id = `article${made++}`;
        return { numbers, own: own * source.normal(), action: { id, features: { ...named(numbers), article: id } } };
      };
      const articles = Array.from({ length: count }, article);
      let n = 0;
      const next = (): Round => {
        if (n > 0 && n % every === 0) articles[(n / every) % count] = article();
        n++;
        const numbers = source.normals(visitor);
        const rows = [1, ...numbers];
        const taste = tasteOf(rows, matrix);
        const expected = Float64Array.from(articles, ({ own, numbers }) =>
          expectedReward(0.4 + own, unit, numbers, taste),
        );
        return {
          context: named(numbers),
          actions: articles.map(({ action }) => action),
          expected,
          visitor: rows,
          offered: articles.map(({ numbers }) => [1, ...numbers]),
        };
      };
      return { next };
    },
  };
}

export const newcomer: World = newcomerWorld({
  name: "a new action appears",
  visitor: 4,
  action: 4,
  actions: 10,
  every: 500,
  own: 0.05,
  spread: 0.12,
});
export const newcomerHeldOut: World = newcomerWorld({
  name: "a new action appears, held out",
  visitor: 3,
  action: 6,
  actions: 8,
  every: 400,
  own: 0.04,
  spread: 0.15,
});
