import { BOUNDS, type Histogram } from "./histogram.ts";

type Labels = Record<string, string | number>;
type Kind = "counter" | "gauge" | "histogram";

/** Writes metrics in Prometheus' text format, version 0.0.4. */
export class PrometheusText {
  readonly #lines: string[] = [];

  /** A family of samples; null values are left out. */
  family(name: string, kind: Kind, help: string, samples: Iterable<{ labels: Labels; value: number | null }>): void {
    this.#head(name, kind, help);
    for (const { labels, value } of samples) if (value !== null) this.#sample(name, labels, value);
  }

  /** Durations in seconds, as Prometheus wants them. */
  histograms(name: string, help: string, samples: Iterable<{ labels: Labels; histogram: Histogram }>): void {
    this.#head(name, "histogram", help);
    for (const { labels, histogram } of samples) {
      let count = 0;
      histogram.counts.forEach((n, bucket) => {
        count += n;
        const bound = BOUNDS[bucket];
        this.#sample(`${name}_bucket`, { ...labels, le: bound === undefined ? "+Inf" : bound / 1000 }, count);
      });
      this.#sample(`${name}_sum`, labels, histogram.sum / 1000);
      this.#sample(`${name}_count`, labels, count);
    }
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  #head(name: string, kind: Kind, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const text = Object.entries(labels).map(([label, v]) => `${label}=${JSON.stringify(String(v))}`);
    this.#lines.push(`${name}${text.length > 0 ? `{${text.join(",")}}` : ""} ${value}`);
  }
}
