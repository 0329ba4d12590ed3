import { exp, expm1 } from "../math/exp.ts";
import { softplus } from "../math/logistic.ts";
import { logLambertRatio } from "./lambert-w.ts";

/** What a learner needs to know of a loss of the score p and label y. Labels are as the loss has them inside. */
export interface Loss {
  /** Where predictions are clamped before any label was seen. */
  readonly range: readonly [number, number];
  /** The label as it is used inside. @throws RangeError when the loss has no such label. */
  label(label: number): number;
  value(p: number, y: number): number;
  /** Whether the loss is 0 in 32-bit arithmetic: then Vowpal Wabbit learns nothing, and so do we. */
  vanishes(p: number, y: number): boolean;
  /** Square of the derivative by p. */
  squaredGradient(p: number, y: number): number;
  /**
   * How far to follow the gradient flow: the update U for which the prediction, which changes by r U, has moved as if
   * it had taken infinitely many infinitely small steps of total length `step`
   * (Karampatziakis & Langford 2011, "Online importance weight aware updates", arXiv:1011.1576).
   */
  update(p: number, y: number, step: number, r: number): number;
}

/** Under this the flow and a plain gradient step are the same. */
const SMALL = 1e-6;

/** Largest magnitude of a label: keeps errors, and weights of the smallest features, within 32-bit floats. */
export const MAX_LABEL = 1e15;

/** (p - y)^2. */
export const squaredLoss: Loss = {
  range: [0, 0],
  label(label) {
    if (!(Math.abs(label) <= MAX_LABEL)) throw new RangeError(`label ${label} is not a number of at most ${MAX_LABEL}`);
    return label;
  },
  value: (p, y) => (p - y) * (p - y),
  vanishes(p, y) {
    const error = Math.fround(Math.fround(p) - Math.fround(y));
    return Math.fround(error * error) === 0;
  },
  squaredGradient: (p, y) => 4 * (p - y) * (p - y),
  update: (p, y, step, r) => (step * r < SMALL ? 2 * (y - p) * step : ((p - y) * expm1(-2 * step * r)) / r),
};

/** log(1 + e^(-y p)), y = 1 for label 1 and -1 for label 0. */
export const logisticLoss: Loss = {
  range: [-50, 50],
  label(label) {
    if (label !== 0 && label !== 1) throw new RangeError(`label ${label} is neither 0 nor 1`);
    return label === 1 ? 1 : -1;
  },
  value: (p, y) => softplus(-y * p),
  vanishes: (p, y) => Math.fround(1 + Math.fround(exp(-y * p))) === 1,
  squaredGradient(p, y) {
    const derivative = 1 / (1 + exp(y * p));
    return derivative * derivative;
  },
  update(p, y, step, r) {
    const c = exp(y * p);
    return step * r < SMALL ? (y * step) / (1 + c) : (y * logLambertRatio(c, step * r)) / r;
  },
};
