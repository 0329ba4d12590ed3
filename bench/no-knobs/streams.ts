import { logistic } from "../../shared/math/logistic.ts";
import { named } from "../numbered.ts";
import { Source } from "../source.ts";
import { type LabelledRows, labelledRows } from "./labelled-rows.ts";

/** Streams whose truth is known: each makes a default choice of rate, treatment or interactions a bad one. */

const DATA = new URL("../../../shared/data/", import.meta.url);
const COUNT = 10_000;

/** By name, with two tables that lie beside the repository. */
export const STREAMS: Record<string, () => LabelledRows | Promise<LabelledRows>> = {
  online_shoppers: () => labelledRows(new URL("online_shoppers/online_shoppers_intention.csv.gz", DATA), "Revenue"),
  phishing: () => labelledRows(new URL("phishing/phishing_river_1250.csv.gz", DATA), "is_phishing"),
  "abrupt drift": abruptDrift,
  "slow drift": slowDrift,
  "heavy tails": heavyTails,
  text,
};

class LabelSource extends Source {
  label(logOdds: number): number {
    return this.next() < logistic(logOdds) ? 1 : 0;
  }
}

/** Ten normal numbers, and log-odds that are linear in them; `turn` changes the weights before the n-th example. */
function linear(seed: number, turn: (weights: number[], n: number, source: LabelSource) => number[]): LabelledRows {
  const source = new LabelSource(seed);
  let weights = source.normals(10);
  const rows = Array.from({ length: COUNT }, (_, n) => {
    weights = turn(weights, n, source);
    const x = source.normals(10);
    return { data: named(x), label: source.label(1.5 * x.reduce((sum, value, i) => sum + value * weights[i]!, 0)) };
  });
  return { names: Object.keys(rows[0]!.data), rows };
}

/** The weights are others after each quarter. */
function abruptDrift(): LabelledRows {
  return linear(101, (weights, n, source) => (n > 0 && n % (COUNT / 4) === 0 ? source.normals(10) : weights));
}

/** The weights wander: after 1,000 examples they have little to do with what they were. */
function slowDrift(): LabelledRows {
  return linear(102, (weights, _, source) => weights.map((w) => Math.sqrt(1 - 0.03 ** 2) * w + 0.03 * source.normal()));
}

/** Log-normal, Pareto and Cauchy-like numbers; what matters is their logarithms, thresholds, and a pair. */
function heavyTails(): LabelledRows {
  const source = new LabelSource(103);
  const rows = Array.from({ length: COUNT }, () => {
    const x = source.normals(8).map((z) => Math.exp(2 * z));
    const ratio = source.normal() / (Math.abs(source.normal()) + 0.05);
    const pareto = (source.next() + 2 ** -40) ** (-1 / 1.2);
    const [a, b, c, d, e] = x as [number, number, number, number, number];
    const logOdds =
      0.8 * Math.log(a) -
      0.6 * Math.log(b) +
      (c > 3 ? 1 : -1) +
      0.4 * Math.log(d) * (e > 1 ? 1 : -1) +
      (ratio > 1 ? 1 : 0) -
      0.5;
    return { data: named([...x, ratio, pareto]), label: source.label(logOdds) };
  });
  return { names: Object.keys(rows[0]!.data), rows };
}

/** 5 to 24 words of 5,000, some far more common than others; each moves the log-odds. */
function text(): LabelledRows {
  const source = new LabelSource(104);
  const weights = source.normals(5000);
  const rows = Array.from({ length: COUNT }, () => {
    const words = new Set<number>();
    for (let i = 5 + source.whole(20); i > 0; i--) words.add(Math.floor(5000 * source.next() ** 3));
    const logOdds = [...words].reduce((sum, word) => sum + weights[word]!, 0);
    return { data: { words: [...words].map((word) => `w${word}`) }, label: source.label(logOdds) };
  });
  return { names: ["words"], rows };
}

/** Two categories of ten; for 1,500 examples the parity of their sum matters, for the next that of the first alone, and so on. */
export function turningPairs(): LabelledRows {
  const source = new LabelSource(11);
  const rows = Array.from({ length: COUNT }, (_, n) => {
    const [a, b] = [source.whole(10), source.whole(10)];
    const odd = (n % 3000 < 1500 ? a + b : a) % 2 === 1;
    return { data: { a: `v${a}`, b: `v${b}` }, label: source.next() < (odd ? 0.1 : 0.9) ? 1 : 0 };
  });
  return { names: ["a", "b"], rows };
}
