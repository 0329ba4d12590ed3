/** A reader of Prometheus' text format that takes nothing that the format does not allow. */

export type ParsedFamily = { type: string; help: string; samples: ParsedSample[] };
type ParsedSample = { name: string; labels: Record<string, string>; value: number };

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (\\S+)$`);
const VALUE = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]Inf|NaN)$/i;

/**
 * Reads all of an answer of /metrics.
 * @throws Error that names the line: what is no sample of the family that was begun last, comes a second time, or does not add up.
 */
export function parsePrometheus(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | null = null;
  let current: { name: string; family: ParsedFamily } | null = null;
  for (const [i, line] of text.slice(0, -1).split("\n").entries()) {
    const fail = (why: string): never => {
      throw new Error(`line ${i + 1} ${why}: ${line}`);
    };
    const helpLine = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])+)$`).exec(line);
    if (helpLine) {
      if (families.has(helpLine[1]!)) fail("begins a family a second time");
      help = { name: helpLine[1]!, text: helpLine[2]! };
      continue;
    }
    const typeLine = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line);
    if (typeLine) {
      if (help?.name !== typeLine[1]) fail("has no HELP before it");
      current = { name: typeLine[1]!, family: { type: typeLine[2]!, help: help!.text, samples: [] } };
      families.set(current.name, current.family);
      help = null;
      continue;
    }
    const [, name, labelText = "", ...rest] = SAMPLE.exec(line) ?? fail("is no line of the format");
    const value = rest.at(-1)!;
    if (!VALUE.test(value)) fail("has no number");
    if (help !== null || current === null) return fail("is of no family");
    const suffix = name!.slice(current.name.length);
    const suffixes = current.family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!name!.startsWith(current.name) || !suffixes.includes(suffix)) fail(`is not of ${current.name}`);
    const labels: Record<string, string> = {};
    for (const [, label, quoted] of labelText.matchAll(new RegExp(LABEL, "g"))) {
      if (label! in labels) fail("has a label twice");
      labels[label!] = quoted!.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
    }
    const series = JSON.stringify([name, Object.entries(labels).sort()]);
    if (seen.has(series)) fail("comes a second time");
    seen.add(series);
    const number = /inf/i.test(value)
      ? value.startsWith("-")
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : Number(value);
    if (current.family.type !== "gauge" && !(number >= 0)) fail("counts less than nothing");
    current.family.samples.push({ name: name!, labels, value: number });
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family.samples);
  return families;
}

/** @throws Error when buckets are not cumulative, or do not end with all. */
function checkHistogram(name: string, samples: ParsedSample[]): void {
  const bySeries = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) =>
    JSON.stringify(Object.entries(labels).sort()),
  );
  for (const [series, of] of bySeries) {
    const ending = (suffix: string) => of.filter((sample) => sample.name === `${name}${suffix}`);
    const [buckets, sums, totals] = [ending("_bucket"), ending("_sum"), ending("_count")];
    const bounds = buckets.map(({ labels: { le } }) => (le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le)));
    const rising = (values: number[], strictly: boolean) =>
      values.every((v, i) => i === 0 || (strictly ? v > values[i - 1]! : v >= values[i - 1]!));
    if (!rising(bounds, true) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      throw new Error(`${name}${series} has bounds ${bounds.join(" ")}`);
    const values = buckets.map(({ value }) => value);
    if (!rising(values, false)) throw new Error(`${name}${series} is not cumulative: ${values.join(" ")}`);
    if (sums.length !== 1 || totals.length !== 1 || totals[0]!.value !== values.at(-1))
      throw new Error(`${name}${series} has not one sum and one count, which is that of +Inf`);
  }
}
