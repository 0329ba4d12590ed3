import type { Conformance } from "./conformance.ts";

/**
 * What every engine must compute, bit for bit. A change here means that a snapshot in use scores otherwise, or that a rebuild
 * from the log arrives at other weights: say so in the changelog.
 */
export const expected: Conformance = {
  decisions: 240,
  features: "793772d7957e0dfa",
  scores: "791e53c9bc60d8b7",
  probabilities: "55c5752178570ce3",
  choices: "c3b1b552af1b3073",
  weights: "66676c483530f2ec",
  states: "777c02ff3ae0205c",
  learners: {
    "auto, logistic": "8fd9b0fda1acf5fa",
    "auto, squared": "e7462612ec4414eb",
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
};
