import type { ModelSpec } from "../../shared/contract/spec.ts";
import { type Drift, type DriftCounts, DriftWatch } from "../../shared/evaluation/drift/drift-watch.ts";
import type { MissingReport } from "../../shared/evaluation/missing-features.ts";
import type { LearnedExample } from "../../shared/versions/learn-example.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { MAX_TOLD_FEATURES } from "./limits.ts";

/**
 * Says when what a version learns from has changed. What it knows is committed with what was learned, and is no part of that: where it cannot be read watching begins anew, where it fails
 * it ends until the trainer starts again, and learning goes on.
 */
export class Drifts {
  readonly #name: string;
  #watch: DriftWatch;
  #hasFailed = false;

  /** @param state of before; null: there is none. */
  constructor(name: string, spec: ModelSpec, state: string | null = null) {
    this.#name = name;
    this.#watch = new DriftWatch(spec);
    if (state !== null)
      try {
        this.#watch.read(state);
      } catch (error) {
        writeOutput("error", "what was watched for changes cannot be read, and is watched anew", {
          version: name,
          ...errorFields(error),
        });
        this.#watch = new DriftWatch(spec);
      }
  }

  /** @param says whether changes are to be written, and not only counted: what is learned again was said before. */
  learned(example: LearnedExample, says: boolean): void {
    if (this.#hasFailed) return;
    try {
      const found = this.#watch.update(example);
      if (says && found.length > 0) this.#say(found);
    } catch (error) {
      // It would fail again and again.
      this.#hasFailed = true;
      writeOutput("error", "what is learned from is not watched any more, until the trainer starts again", {
        version: this.#name,
        ...errorFields(error),
      });
    }
  }

  get counts(): DriftCounts {
    return this.#watch.counts;
  }

  /** Features of the spec that have not come yet. */
  get missing(): MissingReport {
    return this.#watch.missing;
  }

  state(): string {
    return this.#watch.state();
  }

  /** A line for each, and of many features that change at once for the first. */
  #say(found: readonly Drift[]): void {
    const features = found.filter(({ of }) => of === "feature");
    const more = features.length - MAX_TOLD_FEATURES;
    const told = [...found.filter(({ of }) => of !== "feature"), ...features.slice(0, MAX_TOLD_FEATURES)];
    for (const { of, feature, from, to, at } of told)
      writeOutput("warn", "what is learned from is not what it was", {
        ...{ version: this.#name, of, ...(feature !== null && { feature }) },
        ...{ from, to, at: new Date(at).toISOString(), ...(more > 0 && of === "feature" && { more }) },
      });
  }
}
