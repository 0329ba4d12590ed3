import type { Position } from "../log/messages.ts";

/** Whether two positions are one; null is the beginning. */
export const samePosition = (a: Position | null, b: Position | null): boolean =>
  a === null || b === null
    ? a === b
    : a.log === b.log && a.time === b.time && OFFSETS.every((name) => a[name] === b[name]);

/** Whether who is at a position has read all up to another. Who reads another log by now has read all it could of this one. */
export const hasReached = (position: Position | null, upto: Position): boolean =>
  position !== null && (position.log !== upto.log || !isBehind(position, upto));

/** Whether a position is behind another one of its log, in anything. */
export const isBehind = (position: Position, other: Position): boolean =>
  position.time < other.time ||
  (["rows", "ends", "heard", "lasts"] as const).some((name) => position[name] < other[name]) ||
  (position.heard === other.heard && position.ended < other.ended);

const OFFSETS = ["rows", "ends", "heard", "ended", "lasts"] as const;
