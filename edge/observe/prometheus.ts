import type { Family, LabelValues } from "./families.ts";
import type { Counted } from "./histogram.ts";

/** Most lines of samples: some 2 MB. A scrape that is larger takes longer than it may. */
const MAX_SAMPLES = 20_000;

/** Writes metrics in Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export class PrometheusText {
  readonly #lines: string[] = [];
  #samples = 0;
  #leftOut = 0;

  /** How many series had no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A family of samples; null values are left out. */
  family<const L extends readonly string[]>(
    family: Family<L, "counter" | "gauge">,
    samples: Iterable<readonly [LabelValues<L>, number | null]>,
  ): void {
    this.#head(family);
    for (const [values, value] of samples)
      if (value !== null && this.#hasRoom(1)) this.#sample(family.name, labelText(family.labels, values), value);
  }

  histograms<const L extends readonly string[]>(
    family: Family<L, "histogram">,
    samples: Iterable<readonly [LabelValues<L>, Counted]>,
  ): void {
    this.#head(family);
    const { name, labels, bounds } = family;
    for (const [values, { counts, sum }] of samples) {
      if (!this.#hasRoom(counts.length + 2)) continue;
      const text = labelText(labels, values);
      let count = 0;
      counts.forEach((n, bucket) => {
        count += n;
        const bound = `le="${bounds[bucket] ?? "+Inf"}"`;
        this.#sample(`${name}_bucket`, text === "" ? bound : `${text},${bound}`, count);
      });
      this.#sample(`${name}_sum`, text, sum);
      this.#sample(`${name}_count`, text, count);
    }
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  #head({ name, type, help }: Family): void {
    this.#lines.push(`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`);
  }

  /** Whether so many lines more may be written; counts the series that may not. */
  #hasRoom(lines: number): boolean {
    const fits = this.#samples + lines <= MAX_SAMPLES;
    if (fits) this.#samples += lines;
    else this.#leftOut++;
    return fits;
  }

  #sample(name: string, labels: string, value: number): void {
    this.#lines.push(`${name}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}`);
  }
}

const labelText = (labels: readonly string[], values: readonly (string | number)[]): string =>
  labels.map((label, i) => `${label}="${escaped(String(values[i])).replaceAll('"', '\\"')}"`).join(",");

/** Nothing but these three is written in another way: all else is UTF-8 as it is. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const numberText = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
