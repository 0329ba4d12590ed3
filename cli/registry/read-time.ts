import { UsageError } from "../command.ts";

/** A time that an option gives, ms since the epoch. @throws UsageError naming the option when it is none. */
export function readTime(option: string, value: string): number {
  const at = Date.parse(value);
  if (Number.isNaN(at))
    throw new UsageError(`${option} must be a time such as 2026-11-29T10:00:00Z, not ${JSON.stringify(value)}.`);
  return at;
}
