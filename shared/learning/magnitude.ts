/** Features are taken as at least and at most this large, so that their squares fit 32-bit floats (the least is VW's). */
const SMALLEST = 1.0842021724855044e-19;
const LARGEST = 1e18;

export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;
/** A larger importance counts as this; beyond it the accumulators could overflow in a lifetime. */
export const MAX_IMPORTANCE = 1e9;

/** |value| within the range whose squares fit. */
export function magnitude(value: number): number {
  return Math.min(Math.max(Math.abs(value), SMALLEST), LARGEST);
}

/** The number, if 32 bits can hold it; else the largest of its sign. */
export function clampFloat32(value: number): number {
  return Math.min(Math.max(value, -MAX_FLOAT32), MAX_FLOAT32);
}

/** @throws RangeError when the importance is not a number from 0. */
export function checkImportance(importance: number): void {
  if (!(importance >= 0 && importance < Number.POSITIVE_INFINITY))
    throw new RangeError(`importance ${importance} is not a number from 0`);
}
