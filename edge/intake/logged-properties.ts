import type { Directory, DirectoryVersion } from "../../shared/contract/directory.ts";
import type { DecisionRecord } from "../../shared/contract/record.ts";
import { onlyRead, type ReadProperties, readProperties } from "../../shared/features/read-properties.ts";
import type { Env } from "../env.ts";
import { readSpec } from "./specs.ts";
import { unlessPaused } from "./unless-paused.ts";

/** Of a model: which versions there are, and what their features read. */
type Known = { versions: readonly DirectoryVersion[]; reads: ReadProperties };

/** Most models of which an isolate remembers what they read. */
const MAX_MODELS = 1000;
const known = new Map<string, Known>();

/**
 * What of decisions is logged: properties that a feature reads of any version that serves or learns, or that one keeps. What retired versions read is
 * not: one that comes back learns from what was logged meanwhile.
 */
export class LoggedProperties {
  readonly #models: ReadonlyMap<string, Known>;

  private constructor(models: ReadonlyMap<string, Known>) {
    this.#models = models;
  }

  /** Of these models, as a directory has them. Of a model whose specs cannot be read at the moment everything is logged: nothing may be lost by it. */
  static async of(
    env: Env,
    { models }: Pick<Directory, "models">,
    names: readonly (string | null)[],
  ): Promise<LoggedProperties> {
    const found = new Map<string, Known>();
    for (const model of new Set(names)) {
      if (model === null || !Object.hasOwn(models, model)) continue;
      const { versions } = models[model]!;
      let of = known.get(model);
      if (!of || !areSameSpecs(of.versions, versions)) {
        const reads = await unlessPaused(`what ${model} reads`, () => readsOf(env, versions));
        if (!reads) continue;
        of = { versions, reads };
        if (known.size >= MAX_MODELS) known.clear();
        known.set(model, of);
      }
      found.set(model, of);
    }
    return new LoggedProperties(found);
  }

  /**
   * A record as it is logged.
   * @param record as it came, of the same model and version as `checked`, which is what its schema made of it. What a version decided that is no longer in the
   * directory is logged whole: by what it read, the decision must be found right later, too.
   */
  only<R extends DecisionRecord>(record: R, { model, version }: DecisionRecord): R {
    const of = this.#models.get(model);
    if (!of || (version !== 0 && !of.versions.some((v) => v.version === version))) return record;
    return onlyRead(record, of.reads);
  }
}

async function readsOf(env: Env, versions: readonly DirectoryVersion[]): Promise<ReadProperties> {
  return readProperties(await Promise.all(versions.map(({ spec }) => readSpec(env.ARTIFACTS, spec))));
}

const areSameSpecs = (a: readonly DirectoryVersion[], b: readonly DirectoryVersion[]): boolean =>
  a === b || (a.length === b.length && a.every(({ spec }, i) => spec.sha256 === b[i]!.spec.sha256));
