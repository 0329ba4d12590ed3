import { exp } from "../../shared/math/exp.ts";
import { log } from "../../shared/math/log.ts";
import { hingeLoss, type Loss, quantileLoss, signedLogisticLoss, squaredLoss } from "../../shared/online/loss.ts";
import type { VwOptions } from "./options.ts";

// The losses with each step rounded to 32 bits, as VW rounds it: where models are unstable, or actions tied but for rounding, nothing else
// leads to its results.

const fround = Math.fround;

/** Under this the plain gradient step is taken for the flow's. */
const SMALL = 1e-6;

const squared: Loss = {
  ...squaredLoss,
  value: (p, y) => fround(fround(p - y) * fround(p - y)),
  derivative: (p, y) => 2 * fround(p - y),
  update(p, y, step, r) {
    const flow = fround(step * r);
    const error = fround(y - p);
    if (flow < SMALL) return fround(2 * error * step);
    return fround(fround(error * fround(1 - fround(exp(-2 * flow)))) / r);
  },
};

const logistic: Loss = {
  ...signedLogisticLoss,
  value: (p, y) => mix((sign) => fround(log(growth(-sign * p))), y),
  derivative: (p, y) => mix((sign) => fround(-sign / growth(sign * p)), y),
  update(p, y, step, r) {
    if (!(fround(step * r) < SMALL)) return signedLogisticLoss.update(p, y, step, r);
    return mix((sign) => fround((sign * step) / growth(sign * p)), y);
  },
};

/** 1 + e^x. */
const growth = (x: number): number => fround(1 + fround(exp(x)));

/** What there is for label 1 and for label -1; a label between the two is a mixture. */
function mix(of: (sign: number) => number, y: number): number {
  if (y === 1 || y === -1) return of(y);
  const share = fround((y + 1) / 2);
  return fround(fround(share * of(1)) + fround(fround(1 - share) * of(-1)));
}

export const LOSSES: Record<VwOptions["loss"], Loss> = {
  squared,
  logistic,
  hinge: hingeLoss,
  quantile: quantileLoss(0.5),
};
