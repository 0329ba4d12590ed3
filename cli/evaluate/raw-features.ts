import type { Features } from "../../shared/evaluation/log-entry.ts";
import type { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { CONSTANT, interact2 } from "../../shared/features/hash.ts";
import { MAX_MAGNITUDE } from "../../shared/features/number-value.ts";
import type { FileEntry } from "../log-files/file-entry.ts";
import type { Example } from "../vw/example.ts";

/** An action with more pairs than this goes without them, so that a decision's time is bounded. */
const MAX_PAIRS = 8192;

/**
 * The features of a log as they are, for whoever has no spec: a constant, what all actions share, what the action has, and every pair of a
 * shared feature and one of the action.
 */
export class RawFeatures implements Features<FileEntry> {
  readonly #mask: number;

  /** @param bits size of the learner's table. */
  constructor(bits: number) {
    this.#mask = 2 ** bits - 1;
  }

  expand({ shared, actions }: FileEntry, action: number, into: FeatureBuffer): void {
    into.clear();
    into.push(CONSTANT, 1);
    const sharedStart = into.length;
    if (shared !== null) append(shared, into);
    const sharedEnd = into.length;
    append(actions[action]!, into);
    const end = into.length;
    into.common = sharedEnd;
    into.plain = end;
    into.singles = end;
    const pairs = (sharedEnd - sharedStart) * (end - sharedEnd);
    if (pairs <= MAX_PAIRS) {
      into.reserve(pairs);
      const { indices, values } = into;
      let n = end;
      for (let i = sharedStart; i < sharedEnd; i++)
        for (let j = sharedEnd; j < end; j++, n++) {
          indices[n] = interact2(indices[i]!, indices[j]!);
          values[n] = values[i]! * values[j]!;
        }
      into.length = n;
    }
    const { indices, length } = into;
    for (let i = 0; i < length; i++) indices[i]! &= this.#mask;
  }
}

function append(example: Example, into: FeatureBuffer): void {
  for (const slot of example.slots) {
    const features = example.features(slot)!;
    // What the edge does not take for a number, as it would make scores infinite.
    for (let i = 0; i < features.length; i++)
      if (Math.abs(features.values[i]!) <= MAX_MAGNITUDE) into.push(features.indices[i]!, features.values[i]!);
  }
}
