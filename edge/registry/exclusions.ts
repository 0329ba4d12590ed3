import { type Exclusion, namesIn } from "../../shared/contract/exclusion.ts";
import { EXCLUSIONS_FORMAT } from "../../shared/contract/format.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { type ExclusionsDocument, readExclusions, writeExclusions } from "../storage/exclusions.ts";
import { ExclusionTable } from "./exclusion-table.ts";
import { MAX_EXCLUDED, MAX_EXCLUSION_BYTES, MAX_EXCLUSIONS } from "./limits.ts";
import type { ExclusionOutcome, RegisteredExclusion } from "./messages.ts";

/**
 * What of the models' logs is not learned, and the only one to change it. A change is one transaction, in which it asks that trainers and store be told: a registry
 * that has lost its data begins with what is in the store.
 */
export class Exclusions {
  readonly #storage: DurableObjectStorage;
  readonly #bucket: R2Bucket;
  readonly #table: ExclusionTable;
  readonly #changed: (model: string, what: string) => void;

  /** @param changed asks that the model's trainers be told, and `write` be called until it succeeds, in the transaction under way. */
  constructor(storage: DurableObjectStorage, bucket: R2Bucket, changed: (model: string, what: string) => void) {
    this.#storage = storage;
    this.#bucket = bucket;
    this.#table = new ExclusionTable(storage.sql);
    this.#changed = changed;
  }

  of = (model: string): RegisteredExclusion[] => this.#table.of(model);
  current = (model: string) => this.#table.current(model);

  add(model: string, exclusion: Exclusion): ExclusionOutcome {
    const held = this.#table.current(model).list;
    if (held.length >= MAX_EXCLUSIONS) return tooMany(`has ${MAX_EXCLUSIONS} exclusions`);
    if (new TextEncoder().encode(JSON.stringify([exclusion, ...held])).length > MAX_EXCLUSION_BYTES)
      return tooMany(`would have exclusions of more than ${MAX_EXCLUSION_BYTES} bytes`);
    if ([exclusion, ...held].reduce((sum, each) => sum + namesIn(each), 0) > MAX_EXCLUDED)
      return tooMany(`would have exclusions of more than ${MAX_EXCLUDED} sessions and units`);
    return this.#change(model, "is excluded", () => this.#table.add(model, exclusion, Date.now()));
  }

  /** What was taken back before stays so. */
  end(model: string, number: number): ExclusionOutcome {
    const known = this.#table.of(model).find((exclusion) => exclusion.number === number);
    if (!known)
      return {
        refused: { status: 404, field: "path.exclusion", problem: `is not the number of an exclusion of ${model}` },
      };
    if (known.endedAt !== null) return { ok: known };
    return this.#change(model, "is learned again", () => {
      this.#table.end(model, number, Date.now());
      return number;
    });
  }

  /** Names a unit no more that was erased. Within a transaction. @returns the models whose exclusions named it. */
  forget(isUnit: (name: string) => boolean): string[] {
    const models = this.#table.forget(isUnit, Date.now());
    for (const model of models) this.#changed(model, "names a unit no more that was erased");
    return models;
  }

  /** Brings a model's exclusions to the store. @returns what is to be written with its being done. */
  async write(model: string): Promise<() => void> {
    const own = this.#document(model);
    const there = await writeExclusions(this.#bucket, model, own);
    return () => {
      if (there.number > own.number) this.takeOver(model, there);
    };
  }

  /** After a start: whether the store has what was written to it, or later ones, as when an older state of the registry was restored. */
  async check(models: readonly string[]): Promise<void> {
    for (const model of models)
      try {
        const there = await readExclusions(this.#bucket, model);
        const { number } = this.#document(model);
        if (there && there.number > number) this.takeOver(model, there);
        else if (number > (there?.number ?? 0))
          this.#storage.transactionSync(() => this.#changed(model, "exclusions are written to the store again"));
      } catch (error) {
        writeOutput("error", "the exclusions in the store could not be read, and are asked for again", {
          ...{ model, ...errorFields(error) },
        });
        this.#storage.transactionSync(() => this.#changed(model, "asks the store again for its exclusions"));
      }
  }

  /** Goes by exclusions of the store. */
  takeOver(model: string, { number, exclusions }: ExclusionsDocument): void {
    writeOutput("error", "the exclusions in the store are newer than the registry's, which takes them over", {
      ...{ model, store: number, registry: this.#document(model).number },
    });
    this.#storage.transactionSync(() => {
      this.#table.replace(model, exclusions);
      this.#changed(model, "learns the log by the exclusions that are in the store");
    });
  }

  #change(model: string, what: string, change: () => number): ExclusionOutcome {
    return this.#storage.transactionSync(() => {
      const number = change();
      const changed = this.#table.of(model).find((exclusion) => exclusion.number === number)!;
      this.#changed(model, `learns the log again: ${described(changed)} ${what} (exclusion ${number})`);
      return { ok: changed };
    });
  }

  #document(model: string): ExclusionsDocument {
    const { revision } = this.#table.current(model);
    return { format: EXCLUSIONS_FORMAT, number: revision, exclusions: this.#table.of(model) };
  }
}

/** Long lists by their length. */
function described({ number: _, createdAt: __, endedAt: ___, ...exclusion }: RegisteredExclusion): string {
  const shown = Object.entries(exclusion).map(([name, value]) => [
    name,
    Array.isArray(value) && value.length > 3 ? `${value.length} of them` : value,
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

const tooMany = (problem: string): ExclusionOutcome => ({
  refused: {
    ...{ status: 409, field: "path.model" },
    problem: `${problem}, the most there may be: take some back, or name a unit or a time`,
  },
});
