import type { ByteReader } from "../artifact/byte-reader.ts";
import type { ByteWriter } from "../artifact/byte-writer.ts";
import type { StatePart } from "../artifact/state-part.ts";

/**
 * What a decision counts in importance-weighted regression on the chosen action (MTR, "multi-task regression", as Vowpal Wabbit's
 * `--cb_type mtr`): 1 / propensity, divided by the mean number of actions so far, so that the mean weight stays near 1.
 */
export class MtrWeights implements StatePart {
  /** Decisions so far, and the sum of their numbers of actions. */
  decisions = 0;
  actions = 0;

  /** Counts a decision of `count` actions, and weighs it. @param propensity above 0. */
  next(propensity: number, count: number): number {
    this.decisions++;
    this.actions += count;
    return (1 / propensity) * (this.decisions / this.actions);
  }

  write(writer: ByteWriter): void {
    writer.float64(this.decisions);
    writer.float64(this.actions);
  }

  read(reader: ByteReader): () => void {
    const decisions = reader.finite("number of decisions");
    const actions = reader.finite("number of actions");
    if (!(decisions >= 0 && actions >= decisions))
      throw reader.error("its numbers of decisions and actions do not fit");
    return () => {
      Object.assign(this, { decisions, actions });
    };
  }
}
