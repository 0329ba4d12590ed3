import type { Conformance } from "./conformance.ts";

/**
 * What every engine must compute, bit for bit. A change here means that a snapshot in use scores otherwise, or that a rebuild
 * from the log arrives at other weights: say so in the changelog.
 */
export const expected: Conformance = {
  decisions: 240,
  features: "793772d7957e0dfa",
  scores: "2dad5e3158ab828b",
  probabilities: "7a338eb71b5d801c",
  choices: "4d00da774e5667e9",
  weights: "7f098ce16f96c3f6",
  states: "07f64e99f4cd55a2",
  learners: {
    "auto, logistic": "c83b0060da238f1b",
    "auto, squared": "87d1828f93d835c9",
    "auto, widths": "072374e06ed24677",
    "auto, ranking": "b966d613be8a1ff1",
    "factorised, logistic": "ff001c63e99b48fb",
    "factorised, squared": "7d35973969e236b2",
    "FTRL, logistic, L1 and L2": "647c445699155a82",
    "FTRL, squared": "ad62c93b6755c1fb",
    "coin, logistic": "d36211858ad83c91",
    "coin, squared": "ab36737b332420cf",
    "Bayesian, logistic": "3bc94877f06f801b",
    "Bayesian, squared, forgetting": "16de79d5a32ab748",
    "gradient descent, as by default": "c8397668318d426e",
    "gradient descent, L1 and L2": "b8603d4b379595bd",
    "gradient descent, another decay": "129d772986c77d42",
    "gradient descent, not invariant": "9ae3080db64f8061",
    "gradient descent, not normalised, hinge": "f3dd1ab6798df820",
    "gradient descent, not adaptive, quantile": "ef07a4011c39dc48",
    "plain stochastic gradient descent": "c6abb728886aa1f2",
  },
  operators: {
    similarity: "4eac9ad574109439",
    text: "4f4620ac1a4246e6",
  },
};
