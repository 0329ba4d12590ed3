import { exp, expm1 } from "../math/exp.ts";
import { logLambertRatio } from "../math/lambert-w.ts";
import { log } from "../math/log.ts";
import { softplusOfTail } from "../math/logistic.ts";

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

/** The last margin that was asked for, and e^-|margin|: derivative, update and value of an example have it in common. */
const latest = new Float64Array([0, 1]);

function tailOf(margin: number): number {
  if (margin !== latest[0]) {
    latest[0] = margin;
    latest[1] = exp(-Math.abs(margin));
  }
  return latest[1]!;
}

/** log(1 + e^(-y p)), y = 1 for label 1 and -1 for label 0. */
export const logisticLoss: Loss = {
  range: [-50, 50],
  label(label) {
    if (label !== 0 && label !== 1) throw new RangeError(`label ${label} is neither 0 nor 1`);
    return label === 1 ? 1 : -1;
  },
  value: (p, y) => softplusOfTail(-y * p, tailOf(y * p)),
  // It does from y p = 16.64 on.
  vanishes: (p, y) => y * p > 16 && Math.fround(1 + Math.fround(exp(-y * p))) === 1,
  derivative(p, y) {
    const margin = y * p;
    const tail = tailOf(margin);
    return (margin > 0 ? -y * tail : -y) / (1 + tail);
  },
  update(p, y, step, r) {
    const margin = y * p;
    const tail = tailOf(margin);
    const c = margin > 0 ? 1 / tail : tail;
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
  value: (p, y) => (isSign(y) ? logisticLoss.value(p, y) : mix(logisticLoss.value, p, y)),
  vanishes: (p, y) => (isSign(y) ? logisticLoss.vanishes(p, y) : !(mix(logLoss32, p, y) > 0)),
  derivative: (p, y) => (isSign(y) ? logisticLoss.derivative(p, y) : mix(logisticLoss.derivative, p, y)),
  update(p, y, step, r) {
    if (isSign(y)) return logisticLoss.update(p, y, step, r);
    return mix((q, sign) => logisticLoss.update(q, sign, step, r), p, y);
  },
};

const isSign = (y: number): boolean => y === 1 || y === -1;

/** The loss as 32 bits have it. */
const logLoss32 = (p: number, y: number): number => Math.fround(log(Math.fround(1 + exp(-y * p))));

/** What there is for label 1 and for label -1, mixed as label y does. */
function mix(of: (p: number, y: number) => number, p: number, y: number): number {
  const share = (y + 1) / 2;
  return share * of(p, 1) + (1 - share) * of(p, -1);
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
