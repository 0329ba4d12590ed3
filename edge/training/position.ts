import type { Position } from "../log/messages.ts";

/** Whether two positions are one; null is the beginning. */
export const samePosition = (a: Position | null, b: Position | null): boolean =>
  a === null || b === null ? a === b : a.log === b.log && a.rows === b.rows && a.ends === b.ends && a.time === b.time;

/** Whether who is at a position has read all up to another. Who reads another log by now has read all it could of this one. */
export const hasReached = (position: Position | null, upto: Position): boolean =>
  position !== null &&
  (position.log !== upto.log ||
    (position.rows >= upto.rows && position.ends >= upto.ends && position.time >= upto.time));
