import { OutcomeError } from "../files/outcome-error.ts";

/** What single precision makes of 1 may be so much above it. */
const ROUNDING = 1e-6;

/** Of a log that tells something else as its propensities, this is what its lines have. */
export class PropensityAboveOne extends OutcomeError {
  readonly value: number;
  readonly count: number;

  /** @param count of actions to choose from. */
  constructor(value: number, count: number) {
    super(
      "probability",
      `the propensity ${Number(value.toPrecision(7))} is above 1${value <= 100 ? " (is it in per cent, or 1 / p?)" : ""}`,
    );
    this.value = value;
    this.count = count;
  }
}

/** A propensity as a log tells it. @param count of actions to choose from. @throws InputError when it is none. */
export function propensityOf(value: number, count: number): number {
  if (value > 1 + ROUNDING) throw new PropensityAboveOne(value, count);
  if (!(value > 0))
    throw new OutcomeError(
      "probability",
      `the propensity ${value} is not above 0: what was chosen had some probability`,
    );
  return Math.min(value, 1);
}
