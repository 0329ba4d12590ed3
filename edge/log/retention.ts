import type { Env } from "../env.ts";

const DAY = 24 * 3_600_000;

/** For how long records are kept, by model, as RETENTION_DAYS says it (docs/adr/0019-retention.md). */
export class Retention {
  /** The setting as it was read: another one may ask for less than what was gone through is clean of. */
  readonly setting: string;
  readonly #periods = new Map<string, number>();
  #others: number | null = null;

  /** @throws Error when the setting is none. */
  constructor({ RETENTION_DAYS }: Pick<Env, "RETENTION_DAYS">) {
    this.setting = (RETENTION_DAYS ?? "").trim();
    for (const part of this.setting.split(/[\s,]+/).filter((text) => text !== "")) {
      const [, model, days] = /^(?:([^=]+)=)?(\d+(?:\.\d+)?)$/.exec(part) ?? [];
      const period = Number(days) * DAY;
      if (!(period >= LEAST))
        throw new Error(
          `RETENTION_DAYS must be days, from 1, for all models or as MODEL=DAYS, not ${JSON.stringify(part)}`,
        );
      if (model === undefined) this.#others = period;
      else this.#periods.set(model, period);
    }
  }

  /** For how long a model's records are kept, ms; null: for ever. */
  of(model: string): number | null {
    return this.#periods.get(model) ?? this.#others;
  }

  /** The shortest of all, ms: for so long is kept of what it is not known which model it is of; null: nothing is ever past. */
  get shortest(): number | null {
    const periods = [...this.#periods.values(), ...(this.#others === null ? [] : [this.#others])];
    return periods.length === 0 ? null : Math.min(...periods);
  }

  /** All that there are. */
  get periods(): number[] {
    return [...new Set([...this.#periods.values(), ...(this.#others === null ? [] : [this.#others])])];
  }
}

/** An activation may take a day (MAX_ACTIVATION_DELAY): what is kept for less could never be learned. */
const LEAST = DAY;
