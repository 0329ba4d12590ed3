/** Whether calls wait for this isolate's thread, which learning and publishing share on a server of one machine: what can wait is done in small pieces then. */

/** For so long after a call had to wait others may, ms. */
const MEMORY = 250;
let waitedAt = Number.NEGATIVE_INFINITY;

/** A call had to wait. @param now ms. */
export function noteWaiting(now: number): void {
  waitedAt = now;
}

/** Whether there is pressure. @param now ms. */
export const isPressed = (now: number): boolean => Math.abs(now - waitedAt) < MEMORY;
