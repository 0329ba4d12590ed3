import { exp } from "../../shared/math/exp.ts";
import { log } from "../../shared/math/log.ts";
import { hingeLoss, type Loss, quantileLoss, signedLogisticLoss, squaredLoss } from "../../shared/online/loss.ts";
import { UsageError } from "../command.ts";
import type { GivenOptions } from "./given-options.ts";

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

/** The squared loss with plain gradient steps. */
const classic: Loss = { ...squared, update: (p, y, step) => fround(fround(2 * fround(y - p)) * step) };

/** The squared loss, times q where the prediction is too high, and 1 - q where it is too low. */
function expectile(q: number): Loss {
  const weight = (p: number, y: number): number => (y < p ? fround(q) : fround(1 - q));
  return {
    ...squared,
    value: (p, y) => fround(squared.value(p, y) * weight(p, y)),
    derivative: (p, y) => fround(squared.derivative(p, y) * weight(p, y)),
    update: (p, y, step, r) => squared.update(p, y, fround(step * weight(p, y)), r),
  };
}

/** Counts: the prediction is the logarithm of their mean. The loss is the deviance. */
const poisson: Loss = {
  range: [-50, 50],
  label(label) {
    if (!(label >= 0)) throw new RangeError(`label ${label} is no count: it is below 0`);
    return squaredLoss.label(label);
  },
  value(p, y) {
    const mean = fround(Math.exp(p));
    return fround(2 * fround(fround(y * fround(fround(Math.log(fround(y + LEAST_COUNT))) - p)) - fround(y - mean)));
  },
  vanishes: (p, y) => !(poisson.value(p, y) > 0),
  derivative: (p, y) => fround(fround(Math.exp(p)) - y),
  update(p, y, step, r) {
    const mean = fround(Math.exp(p));
    // Of no reach, the flow is the plain gradient step.
    if (r === 0) return fround(fround(y - mean) * step);
    if (y === 0) return fround(-fround(Math.log1p(fround(fround(mean * step) * r))) / r);
    const growth = fround(Math.expm1(fround(fround(y * step) * r)));
    return fround(fround(y * step) - fround(fround(Math.log1p(fround(fround(mean * growth) / y))) / r));
  },
};

/** Added to a count before its logarithm is taken. */
const LEAST_COUNT = fround(1e-6);

/** Labels from `least` to `most` in the place of those from -1 to 1. */
const rescaled = (loss: Loss, least: number, most: number): Loss => ({
  ...loss,
  label: (label) => loss.label(fround(fround(2 * fround(fround(label - least) / fround(most - least))) - 1)),
});

const LOSSES = ["squared", "classic", "logistic", "hinge", "quantile", "expectile", "poisson"] as const;

/** `--loss_function`, with what belongs to it. */
export type LossOptions = {
  type: (typeof LOSSES)[number];
  /** Of quantile and expectile; of the others null. */
  asymmetry: number | null;
  /** What the labels of a logistic loss are between. */
  least: number;
  most: number;
};

/** @throws UsageError naming an option that is out of range, or of another loss. */
export function readLoss(given: GivenOptions): LossOptions {
  const type = given.oneOf("loss_function", LOSSES) ?? "squared";
  for (const [name, owner] of OWNERS)
    if (given.has(name) && type !== owner)
      throw new UsageError(`--${name} belongs to --loss_function ${owner}, not to ${type}.`);
  const asymmetry = type === "quantile" ? (given.number("quantile_tau") ?? 0.5) : (given.number("expectile_q") ?? null);
  if (type === "expectile" && !(asymmetry !== null && asymmetry > 0 && asymmetry <= 0.5))
    throw new UsageError("--loss_function expectile needs --expectile_q, above 0 and up to 0.5.");
  const least = given.number("logistic_min", Number.NEGATIVE_INFINITY) ?? -1;
  const most = given.number("logistic_max", Number.NEGATIVE_INFINITY) ?? 1;
  if (!(least < most)) throw new UsageError("--logistic_min must be below --logistic_max.");
  return { type, asymmetry, least, most };
}

const OWNERS = [
  ["quantile_tau", "quantile"],
  ["expectile_q", "expectile"],
  ["logistic_min", "logistic"],
  ["logistic_max", "logistic"],
] as const;

export function lossOf({ type, asymmetry, least, most }: LossOptions): Loss {
  switch (type) {
    case "squared":
      return squared;
    case "classic":
      return classic;
    case "logistic":
      return least === -1 && most === 1 ? logistic : rescaled(logistic, least, most);
    case "hinge":
      return hingeLoss;
    case "quantile":
      return quantileLoss(asymmetry!);
    case "expectile":
      return expectile(asymmetry!);
    case "poisson":
      return poisson;
  }
}
