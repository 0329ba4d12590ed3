import type { Family, LabelValues } from "./families.ts";
import { type Counted, Histogram } from "./histogram.ts";

/** What was counted of a series; `values`: of the family's labels, in their order. `histogram`: null of a counter. */
export type CountedSeries = { family: string; values: readonly string[]; n: number; histogram: Counted | null };

/** A series: its family, its labels, and what was counted since it was last taken. */
type Series = { family: Family; values: readonly string[]; n: number; histogram: Histogram | null };

/**
 * What an isolate counts, until it is taken to be added to what others have counted. Counting makes no more than the text by which a series is found.
 *
 * @example
 * const counts = new Counts();
 * counts.add(REQUESTS, ["GET", "/health", 200]);
 * counts.take(); // [{ family: "edgewise_requests_total", values: ["GET", "/health", "200"], n: 1, histogram: null }]
 */
export class Counts {
  readonly #series = new Map<string, Series>();

  add<const L extends readonly string[]>(family: Family<L, "counter">, values: LabelValues<L>): void {
    this.#find(family, values).n++;
  }

  observe<const L extends readonly string[]>(
    family: Family<L, "histogram">,
    values: LabelValues<L>,
    value: number,
  ): void {
    this.#find(family, values).histogram!.add(value);
  }

  /** What was counted since it was last taken. */
  take(): CountedSeries[] {
    const taken = [...this.#series.values()].map(({ family: { name }, values, n, histogram }) => ({
      ...{ family: name, values, n },
      histogram: histogram && { counts: histogram.counts, sum: histogram.sum },
    }));
    this.#series.clear();
    return taken;
  }

  #find(family: Family, values: readonly (string | number)[]): Series {
    const key = `${family.name}\n${values.join("\n")}`;
    const known = this.#series.get(key);
    if (known) return known;
    const histogram = family.type === "histogram" ? new Histogram(family.bounds) : null;
    const made = { family, values: values.map(String), n: 0, histogram };
    this.#series.set(key, made);
    return made;
  }
}
