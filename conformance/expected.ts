import type { Conformance } from "./conformance.ts";

/**
 * What every engine must compute, bit for bit. A change here means that a snapshot in use scores otherwise, or that a rebuild
 * from the log arrives at other weights: say so in the changelog.
 */
export const expected: Conformance = {
  decisions: 240,
  features: "793772d7957e0dfa",
  scores: "65b2a0d7f9a7cc53",
  probabilities: "2260aca907b9382a",
  choices: "01ed20dad67eb6b0",
  weights: "e0ae0d5e8cc66369",
  states: "498b720f0d886639",
  learners: {
    "auto, logistic": "c83b0060da238f1b",
    "auto, squared": "87d1828f93d835c9",
    "auto, widths": "21bf87dc7d91f38f",
    "auto, ranking": "fc225757105c056e",
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
