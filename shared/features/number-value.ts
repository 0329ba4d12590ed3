/**
 * Largest magnitude of a feature: that of a 32-bit float, as in VW and in graphs. In 64-bit arithmetic the square of a
 * product of three such values is still finite, so no caller's number can make a score or a weight infinite.
 */
export const MAX_MAGNITUDE = (2 - 2 ** -23) * 2 ** 127;

/** The number, -0 as 0 (JSON has only one zero); null when `value` is not a number that a feature may have. */
export const numberValue = (value: unknown): number | null =>
  typeof value === "number" && Math.abs(value) <= MAX_MAGNITUDE ? value + 0 : null;

/** A copy of a list of exactly `size` such numbers, or null. */
export function vectorValue(value: unknown, size: number): number[] | null {
  if (!Array.isArray(value) || value.length !== size) return null;
  const vector = value.map(numberValue);
  return vector.every((x) => x !== null) ? vector : null;
}
