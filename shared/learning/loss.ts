import { exp, expm1 } from "../math/exp.ts";
import { log } from "../math/log.ts";
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
  /** Derivative by p. */
  derivative(p: number, y: number): number;
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
  derivative: (p, y) => 2 * (p - y),
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
  derivative: (p, y) => -y / (1 + exp(y * p)),
  update(p, y, step, r) {
    const c = exp(y * p);
    return step * r < SMALL ? (y * step) / (1 + c) : (y * logLambertRatio(c, step * r)) / r;
  },
};

/**
 * Logistic loss of labels from -1 to 1, as Vowpal Wabbit has them: a label between the two is a mixture of both, 0 half and
 * half. A label beyond them is no probability, but is taken by the same formula.
 */
export const signedLogisticLoss: Loss = {
  range: logisticLoss.range,
  label: squaredLoss.label,
  value: (p, y) => mixed(logisticLoss.value(p, 1), logisticLoss.value(p, -1), y),
  vanishes: (p, y) => !(mixed(Math.fround(log32(1 + exp(-p))), Math.fround(log32(1 + exp(p))), y) > 0),
  derivative: (p, y) => mixed(logisticLoss.derivative(p, 1), logisticLoss.derivative(p, -1), y),
  update: (p, y, step, r) => mixed(logisticLoss.update(p, 1, step, r), logisticLoss.update(p, -1, step, r), y),
};

/** Logarithm of the argument as 32 bits have it. */
const log32 = (x: number): number => log(Math.fround(x));

/** What there is for label 1 and for label -1, mixed as label y does. Skips the sum where one of them has no part. */
function mixed(up: number, down: number, y: number): number {
  if (y === 1) return up;
  if (y === -1) return down;
  const share = (y + 1) / 2;
  return share * up + (1 - share) * down;
}

/** max(0, 1 - y p), labels -1 and 1. */
export const hingeLoss: Loss = {
  range: [0, 0],
  label: squaredLoss.label,
  value: (p, y) => Math.max(0, 1 - y * p),
  vanishes: (p, y) => !(Math.fround(1 - Math.fround(y * p)) > 0),
  derivative: (p, y) => (y * p >= 1 ? 0 : -y),
  update(p, y, step, r) {
    const error = 1 - y * p;
    if (error <= 0) return 0;
    // The flow ends where the loss does.
    return y * (step * r < error ? step : error / r);
  },
};

/** The loss whose best prediction is the quantile `tau` of the labels (Koenker & Bassett 1978); tau = 1/2: the median. */
export function quantileLoss(tau: number): Loss {
  const slope = (error: number): number => (error > 0 ? tau : error < 0 ? tau - 1 : 0);
  return {
    range: [0, 0],
    label: squaredLoss.label,
    value: (p, y) => (y - p) * slope(y - p),
    vanishes: (p, y) => Math.fround(Math.fround(p) - Math.fround(y)) === 0,
    derivative: (p, y) => -slope(y - p),
    update(p, y, step, r) {
      const error = y - p;
      const plain = step * slope(error);
      return Math.abs(plain * r) < Math.abs(error) ? plain : error / r;
    },
  };
}
