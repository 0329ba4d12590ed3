import type { Conformance } from "./conformance.ts";

/**
 * What every engine must compute, bit for bit. A change here means that a snapshot in use scores otherwise, or that a rebuild
 * from the log arrives at other weights: say so in the changelog.
 */
export const expected: Conformance = {
  decisions: 200,
  features: "7eb9cb190685986c",
  scores: "f487c25110017e5d",
  probabilities: "01efa6e9a8e645b5",
  choices: "fc187f0ade56f3e0",
  weights: "3641e666f941de89",
  states: "7297a9a29e17404d",
};
