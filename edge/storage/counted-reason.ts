/** What is counted by whose reason is not kept. */
export const OTHER_REASONS = "other reasons";

/**
 * SQL of the reason by which something is counted in a table, where there may be any number of reasons, as they may quote what was sent: its own, `?2`, while the table has fewer than `?3` rows, or
 * has it already.
 * @param isKnown which row has it, as SQL.
 */
export const countedReason = (table: string, isKnown: string): string =>
  `CASE WHEN (SELECT count(*) FROM ${table}) < ?3 OR EXISTS (SELECT 1 FROM ${table} WHERE ${isKnown}) THEN ?2 ELSE '${OTHER_REASONS}' END`;
