/** Features are taken as at least and at most this large, so that their squares fit 32-bit floats (the least is VW's). */
export const SMALLEST = 1.0842021724855044e-19;
export const LARGEST = 1e18;

export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;
/** A larger importance counts as this; beyond it the accumulators could overflow in a lifetime. */
export const MAX_IMPORTANCE = 1e9;

/** |value| within the range whose squares fit. */
export function magnitude(value: number): number {
  const size = Math.abs(value);
  if (size < SMALLEST) return SMALLEST;
  return Math.min(size, LARGEST);
}

/** The value, its magnitude within that range. */
export function signedMagnitude(value: number): number {
  return value < 0 ? -magnitude(value) : magnitude(value);
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
