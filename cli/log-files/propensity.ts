import { InputError } from "../files/input-error.ts";

/** What single precision makes of 1 may be so much above it. */
const ROUNDING = 1e-6;

/** A propensity as a log tells it. @throws InputError when it is none. */
export function propensityOf(value: number): number {
  if (value > 1 + ROUNDING)
    throw new InputError(`the propensity ${value} is above 1${value <= 100 ? " (is it in per cent?)" : ""}`);
  if (!(value > 0))
    throw new InputError(`the propensity ${value} is not above 0: what was chosen had some probability`);
  return Math.min(value, 1);
}
