import type { Beside } from "../artifact/snapshot.ts";
import { MAX_NUMBER } from "../artifact/snapshot-header.ts";
import { FROM_ZERO } from "../artifact/sparse-table.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { HeadKind } from "./head.ts";
import { LinearHead, linear } from "./linear.ts";

/** Whether what is learned says what scores may be wrong by, and the policy makes use of it. */
export const hasWidths = ({ task, policy, learner }: Pick<ModelSpec, "task" | "policy" | "learner">): boolean =>
  task.type === "rank" && learner.type === "auto" && policy.type === "squareCb";

/** Of models that rank with the learner `auto`, by a policy that looks where little is known: a linear head, and how much is known of each feature. */
export const widths: HeadKind = {
  ...linear,
  number: { tag: "unknown", least: 0, most: MAX_NUMBER },
  tables: () => [{ name: "variance", ranges: [FROM_ZERO] }],
  numberFor: (spec) => (hasWidths(spec) ? null : undefined),
  text: () => "widths",
  make({ weights, beside, bits }) {
    const {
      number,
      tables: [variances],
    } = beside!;
    // The root of a score's variance, of what tells the action from others.
    return new LinearHead(weights, bits, (x) => {
      let sum = 0;
      for (let i = x.common; i < x.straight; i++) {
        const value = x.values[i]!;
        // As isStraight (features/straight-features.ts), which is not worth a function in every page.
        if (value && (i < x.plain || i >= x.singles)) sum += value * value * variances![x.indices[i]!]! || number;
      }
      return Math.sqrt(sum);
    });
  },
};

/**
 * @param variances of the weights of raw values, one an index; 0: nothing is known of it.
 * @param unknown what a feature of such an index adds to the variance of a score, whatever its value.
 */
export const widthTable = (variances: Float32Array, unknown: number): Beside => ({
  tag: widths.number!.tag,
  number: unknown,
  tables: [variances],
});
