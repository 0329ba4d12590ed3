import { UsageError } from "../command.ts";
import { isTooMany } from "../files/too-many.ts";
import type { TableMapping } from "./table-mapping.ts";

/** Fewer rows may well have one label. */
const FEWEST = 10;
/** So many values are named. */
const NAMED = 5;
/** So many are told apart. */
const KNOWN = 1000;

type Mistake = { line: number; problem: string; times: number };

/** What the cells of a table's label were taken for: a value that is written otherwise than the mapping has it would make all rows negative. */
export class LabelSurvey {
  readonly #mapping: TableMapping;
  readonly #cells = new Map<string, number>();
  #rows = 0;
  #positive = 0;
  #mistake: Mistake | null = null;

  constructor(mapping: TableMapping) {
    this.#mapping = mapping;
  }

  row(cell: string, label: number): void {
    this.#rows++;
    this.#count(cell);
    if (label === 1) this.#positive++;
  }

  /** A label that is none for the model. */
  mistake(cell: string, line: number, problem: string): void {
    this.#count(cell);
    this.#mistake ??= { line, problem, times: 0 };
    this.#mistake.times++;
  }

  /** @throws UsageError when what is left says nothing, and what to do. */
  check(file: string): void {
    const { column, true: positive } = this.#mapping.label;
    const all = this.#rows + (this.#mistake?.times ?? 0);
    if (this.#mistake !== null && isTooMany(this.#mistake.times, all)) {
      const { line, problem, times } = this.#mistake;
      throw new UsageError(
        `${file}, line ${line}: ${problem}, and so it is in ${times} of ${all} rows. Labels are ${this.#named()}: say in the mapping which of them mean 1 (label.true), or mend these rows.`,
      );
    }
    if (positive === undefined || this.#rows < FEWEST) return;
    const which = this.#positive === 0 ? "no" : this.#positive === this.#rows ? "every" : null;
    if (which !== null)
      throw new UsageError(
        `${file}: ${which} row of ${this.#rows} has in the column ${JSON.stringify(column)} one of the labels that mean 1 (label.true: ${positive.map((value) => JSON.stringify(value)).join(", ")}), so there is nothing to tell apart. Labels are ${this.#named()}.`,
      );
  }

  /** In sentences. */
  get notes(): string[] {
    const { true: positive } = this.#mapping.label;
    if (positive === undefined) return [];
    const zeros = [...this.#cells.keys()].filter((cell) => !positive.includes(cell));
    return zeros.length < 2 ? [] : [`These labels count as 0: ${this.#named((cell) => !positive.includes(cell))}.`];
  }

  #count(cell: string): void {
    if (this.#cells.size < KNOWN || this.#cells.has(cell)) this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
  }

  #named(which: (cell: string) => boolean = () => true): string {
    const cells = [...this.#cells].filter(([cell]) => which(cell)).sort(([, a], [, b]) => b - a);
    const named = cells.slice(0, NAMED).map(([cell, times]) => `${JSON.stringify(cell)} (${times})`);
    return `${named.join(", ")}${cells.length > NAMED ? ", …" : ""}`;
  }
}
