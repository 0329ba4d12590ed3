/** Watches a stream of numbers and tells when they no longer come from one distribution. Bounded in memory. */
export interface DriftDetector {
  /**
   * @returns whether this value raises an alarm. The detector has then forgotten what was before the change, and goes on.
   * @throws RangeError when the value is not finite. It does not count then.
   */
  update(value: number): boolean;
  /** Values since it was made or reset. */
  readonly count: number;
  /** Alarms since it was made or reset. */
  readonly alarms: number;
  /** How many numbers it remembers. */
  readonly size: number;
  /** Forgets everything. */
  reset(): void;
}

/** @throws RangeError unless the value is finite. */
export function checkValue(value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
}
