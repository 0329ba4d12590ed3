import { MAX_MAGNITUDE } from "../../features/number-value.ts";
import type { Value } from "./named-values.ts";
import { binOf, quantileEdges } from "./numeric-psi.ts";
import { psi } from "./psi.ts";

/** That values come from another distribution than before, in the words of a line: what has changed most. */
export type Shift = { readonly psi: number; readonly from: string; readonly to: string };

/** JSON of what it knows. */
export type ValueWatchState = {
  sample: Value[] | null;
  /** Of numbers. */
  edges: number[] | null;
  /** Of texts. */
  categories: string[];
  expected: number[];
  actual: number[];
  /** Of numbers: their sums. */
  sums: [number, number];
  block: number;
};

/** By so many values it is known what to compare: the quantiles of numbers, the usual texts. */
const SAMPLE = 100;
/** Values of the reference, with the sample. */
export const REFERENCE = 500;
/** Values that are compared with it; twice as many after each shift, up to so many: what goes in cycles (hours, weekdays) is quiet once they are longer than that. */
const BLOCK = 500;
const LONGEST = 64 * BLOCK;
const BINS = 10;
/** Texts that are told apart are at least so many of the sample, and at most so many; all others are taken together. */
const USUAL = 2;
const MOST_CATEGORIES = 10;
/** Characters of a text that count. */
const MOST_TEXT = 32;
/** By custom (psi.ts). What chance alone makes is not counted. */
const THRESHOLD = 0.25;

/**
 * Compares one block of values after the other with a reference, by the population stability index. After a shift the next values make a new reference, so that each is told once. Some 50 numbers and
 * texts, while there is no reference yet a hundred values.
 */
export class ValueWatch {
  #sample: Value[] | null = [];
  #edges: number[] | null = null;
  #categories: string[] = [];
  /** How many values of the reference, and of the block, are in each bin; the last two are all other texts, and what is missing. */
  #expected: number[] = [];
  #actual: number[] = [];
  #expectedCount = 0;
  #actualCount = 0;
  #sums: [number, number] = [0, 0];
  #block = BLOCK;

  /** One of which the reference is that it was never there. */
  static appeared(): ValueWatch {
    const watch = new ValueWatch();
    watch.#begin([]);
    watch.#expected[watch.#expected.length - 1] = REFERENCE;
    watch.#expectedCount = REFERENCE;
    return watch;
  }

  /** @returns the shift that this value completes; null: none. */
  update(value: Value): Shift | null {
    const known =
      typeof value === "string" ? value.slice(0, MOST_TEXT) : Math.abs(value ?? 0) <= MAX_MAGNITUDE ? value : null;
    if (this.#sample !== null) {
      this.#sample.push(known);
      if (this.#sample.length === SAMPLE) this.#begin(this.#sample);
      return null;
    }
    const isReference = this.#expectedCount < REFERENCE;
    this.#count(known, isReference ? 0 : 1);
    if (isReference || this.#actualCount < this.#block) return null;
    const shift = this.#shift();
    if (shift === null) this.#clear();
    else {
      this.#block = Math.min(LONGEST, 2 * this.#block);
      this.#sample = [];
    }
    return shift;
  }

  get state(): ValueWatchState {
    const [sample, edges, categories] = [this.#sample, this.#edges, this.#categories];
    const counts = sample === null ? { expected: this.#expected, actual: this.#actual } : { expected: [], actual: [] };
    return { sample, edges, categories, ...counts, sums: this.#sums, block: this.#block };
  }

  static read({ sample, edges, categories, expected, actual, sums, block }: ValueWatchState): ValueWatch {
    const watch = new ValueWatch();
    watch.#sample = sample && [...sample];
    watch.#edges = edges;
    watch.#categories = categories;
    watch.#expected = [...expected];
    watch.#actual = [...actual];
    watch.#expectedCount = sum(expected);
    watch.#actualCount = sum(actual);
    watch.#sums = [...sums];
    watch.#block = block;
    return watch;
  }

  /** Makes bins of a sample, which is the first of the reference. */
  #begin(sample: readonly Value[]): void {
    const there = sample.filter((value) => value !== null);
    const numbers = there.filter((value) => typeof value === "number");
    const isNumeric = there.length > 0 && numbers.length === there.length;
    this.#edges = isNumeric ? quantileEdges(numbers, BINS) : null;
    this.#categories = isNumeric ? [] : usual(there.map(String));
    const bins = (this.#edges ? this.#edges.length + 1 : this.#categories.length) + 2;
    this.#sample = null;
    this.#expected = new Array<number>(bins).fill(0);
    this.#actual = new Array<number>(bins).fill(0);
    this.#expectedCount = 0;
    this.#actualCount = 0;
    this.#sums = [0, 0];
    for (const value of sample) this.#count(value, 0);
  }

  /** @param of 0: the reference; 1: the block. */
  #count(value: Value, of: 0 | 1): void {
    const counts = of === 0 ? this.#expected : this.#actual;
    counts[this.#bin(value)]!++;
    if (this.#edges !== null && typeof value === "number") this.#sums[of] += value;
    if (of === 0) this.#expectedCount++;
    else this.#actualCount++;
  }

  #bin(value: Value): number {
    const missing = this.#expected.length - 1;
    if (value === null) return missing;
    if (this.#edges !== null) return typeof value === "number" ? binOf(value, this.#edges) : missing - 1;
    const category = this.#categories.indexOf(typeof value === "number" ? String(value) : value);
    return category < 0 ? missing - 1 : category;
  }

  #clear(): void {
    this.#actual.fill(0);
    this.#actualCount = 0;
    this.#sums[1] = 0;
  }

  #shift(): Shift | null {
    const [expected, actual] = [this.#expected, this.#actual];
    const [m, n] = [this.#expectedCount, this.#actualCount];
    const index = psi(expected, actual)!;
    if (index - (expected.length - 1) * (1 / m + 1 / n) <= THRESHOLD) return null;
    const share = (counts: readonly number[], bin: number) => counts[bin]! / (counts === expected ? m : n);
    const bins = expected.map((_, bin) => bin);
    const changes = bins.map((bin) => Math.abs(share(actual, bin) - share(expected, bin)));
    const missing = expected.length - 1;
    const most = changes.indexOf(Math.max(...changes));
    const isNumber = this.#edges !== null && most < missing - 1;
    // A text that has a name says more than all others together.
    const usual = changes.slice(0, this.#categories.length);
    const known = usual.indexOf(Math.max(...usual));
    const named = (bin: number) => (bin === missing - 1 && 2 * (changes[known] ?? 0) >= changes[bin]! ? known : bin);
    // Numbers are told by their mean, unless that they are there has changed more than where they are.
    const gone = isNumber ? [missing, missing - 1].find((bin) => 2 * changes[bin]! >= changes[most]!) : named(most);
    if (gone === undefined) {
      const mean = (of: 0 | 1, counts: readonly number[]) =>
        this.#sums[of] / counts.slice(0, -2).reduce((all, count) => all + count, 0);
      return { psi: index, from: `mean ${number(mean(0, expected))}`, to: `mean ${number(mean(1, actual))}` };
    }
    const name = this.#nameOf(gone);
    return { psi: index, from: `${name} in ${perCent(share(expected, gone))}`, to: perCent(share(actual, gone)) };
  }

  #nameOf(bin: number): string {
    const missing = this.#expected.length - 1;
    if (bin === missing) return "missing";
    if (bin < missing - 1) return JSON.stringify(this.#categories[bin]);
    return this.#edges !== null ? "text" : this.#categories.length > 0 ? "others" : "there";
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const perCent = (share: number): string => `${number(100 * share)} %`;
const number = (x: number): string => String(Number(x.toPrecision(3)));

/** The usual ones of a sample of texts, the most frequent first. */
function usual(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= USUAL)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_CATEGORIES)
    .map(([text]) => text);
}
