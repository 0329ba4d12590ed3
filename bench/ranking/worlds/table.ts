import { field } from "../../../shared/contract/define.ts";
import { fields, named } from "../../numbered.ts";
import type { Source } from "../../source.ts";
import type { Round, World } from "../world.ts";

type TableWorld = { name: string; columns: number; arms: number; most: number; clusters: number; apart: number };

/**
 * A table of whole numbers whose label is to be chosen: each label is a mixture of a few normal clusters, rounded. Stands for tables like UCI's letters.
 */
function tableWorld({ name, columns, arms, most, clusters, apart }: TableWorld): World {
  const actions = Array.from({ length: arms }, (_, i) => ({ id: `${i}`, features: { label: `l${i}` } }));
  const offered = actions.map((_, i) => actions.map((_, j) => Number(i === j)));
  return {
    name,
    question: { kind: "accuracy", at: [5000, 20_000] },
    shared: false,
    features: {
      context: fields(columns),
      action: { label: field("label") },
    },
    stream(source: Source) {
      const middle = most / 2;
      const labels = Array.from({ length: arms }, () => {
        const home = source.normals(columns);
        return Array.from({ length: clusters }, () =>
          source.normals(columns).map((z, i) => middle + apart * (0.8 * home[i]! + 0.6 * z)),
        );
      });
      const next = (): Round => {
        const label = source.whole(arms);
        const cluster = source.pick(labels[label]!);
        const row = cluster.map((mean) => {
          return Math.min(Math.max(Math.round(mean + (most / 8) * source.normal()), 0), most);
        });
        const expected = Float64Array.from(actions, (_, i) => Number(i === label));
        const visitor = [1, ...row.map((x) => x / most - 0.5)];
        return { context: named(row), actions, expected, visitor, offered };
      };
      return { next };
    },
  };
}

export const table: World = tableWorld({ name: "table", columns: 16, arms: 26, most: 15, clusters: 4, apart: 1.5 });
export const tableHeldOut: World = tableWorld({
  name: "table, held out",
  columns: 12,
  arms: 10,
  most: 9,
  clusters: 4,
  apart: 1,
});
