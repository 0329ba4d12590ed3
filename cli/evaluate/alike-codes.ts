import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { callFeature } from "../../shared/features/call.ts";
import { hashFeature } from "../../shared/features/hash.ts";

/** Decisions looked at: reading named values costs time. */
const LOOKED_AT = 1000;
const CODE = /^\s*\d+\s*$/;

type Read = { name: string; of(values: ReturnType<LogEntry["values"]>): unknown[] };

/**
 * Finds categories of digits that a spec takes for one, such as `007` and `7`: features are hashed as VW does it, by the number that digits are (features/hash.ts). Without a spec a table's are told
 * apart.
 */
export class AlikeCodes {
  readonly #reads: readonly Read[];
  /** By feature and hash. */
  readonly #codes = new Map<string, string>();
  readonly #alike = new Map<string, [string, string]>();
  #seen = 0;

  constructor({ features }: ModelSpec) {
    const fields = <T extends { op: string }>(named: Record<string, T>) =>
      Object.entries(named).filter(([, { op }]) => op === "field");
    this.#reads = [
      ...fields(features.context).map(([name, operator]): Read => {
        const compute = callFeature(operator);
        return { name, of: (values) => [compute(values.context, values)] };
      }),
      ...fields(features.action).map(([name, operator]): Read => {
        const compute = callFeature(operator);
        return { name, of: (values) => values.actions.map(({ id, features }) => compute(features, values, id)) };
      }),
    ];
  }

  update({ values }: Pick<LogEntry, "values">): void {
    if (this.#seen === LOOKED_AT || this.#reads.length === 0) return;
    this.#seen++;
    const found = values();
    for (const { name, of } of this.#reads)
      for (const code of of(found).flat()) if (typeof code === "string" && CODE.test(code)) this.#add(name, code);
  }

  #add(name: string, code: string): void {
    const key = `${name} ${hashFeature(code, 0)}`;
    const known = this.#codes.get(key) ?? code;
    this.#codes.set(key, known);
    if (known.trim() !== code.trim() && !this.#alike.has(name)) this.#alike.set(name, [known, code]);
  }

  /** Sentences, for before the figures. */
  get doubts(): string[] {
    return [...this.#alike].map(
      ([name, [one, other]]) =>
        `${JSON.stringify(one)} and ${JSON.stringify(other)} of ${name} are one category to the spec, in pages and here, as texts of digits are told apart by the number that they are: put a letter before them (n${one.trim()}).`,
    );
  }
}
