import { cellsOf } from "../files/csv.ts";

/** Names of the columns that every table has; the later ones are those of the Open Bandit Dataset. */
export const COLUMNS = {
  action: ["action", "item_id"],
  reward: ["reward", "click"],
  propensity: ["propensity", "probability", "propensity_score"],
} as const;
export type Role = keyof typeof COLUMNS;

const DELIMITERS = [",", "\t", ";", "|"];

/** The delimiter of a table by its header; null where that is none of such a table. */
export const delimiterOf = (header: string): string | null =>
  DELIMITERS.find((delimiter) =>
    Object.values(columnsOf(cellsOf(header, delimiter) ?? [])).every(({ length }) => length > 0),
  ) ?? null;

/** Whether a line before the header is one of remarks. */
export const isComment = (line: string): boolean => line.startsWith("#");

/** The columns that tell each of the three; capitals do not count. */
export function columnsOf(header: readonly string[]): Record<Role, readonly number[]> {
  const indices = (role: Role) =>
    header.flatMap((name, i) => ((COLUMNS[role] as readonly string[]).includes(name.trim().toLowerCase()) ? [i] : []));
  return { action: indices("action"), reward: indices("reward"), propensity: indices("propensity") };
}

/** Names of columns that tell decisions apart. */
const IDS = /^(event|decision|request|impression)[ _-]?id$/i;

/** Names of columns whose ids may be of anything. */
const ANY_IDS = /^(id|uuid|guid)$/i;

/** Names of columns that tell when something was. */
const TIMES = /^(at|time|timestamp|ts|date|datetime)$/i;

/** The column that tells when a row's decision was made; -1: none. */
export function timeColumn(header: readonly string[]): number {
  const names = header.map((name) => name.trim().toLowerCase());
  const index = names.indexOf("timestamp");
  return index >= 0 ? index : names.findIndex((name) => TIMES.test(name));
}

/**
 * The columns by which a row is another decision: those of ids of decisions, or all where there is one that is called `id` or `uuid`, which may be of anything, and one of times. Without times a visitor's
 * rows may be alike.
 */
export function idColumns(header: readonly string[]): readonly number[] {
  const names = header.map((name) => name.trim());
  const ids = names.flatMap((name, i) => (IDS.test(name) ? [i] : []));
  if (ids.length > 0) return ids;
  return names.some((name) => ANY_IDS.test(name)) && names.some((name) => TIMES.test(name)) ? [...names.keys()] : [];
}
