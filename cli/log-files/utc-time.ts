/** A date and a time of day as databases and programs write them, with a zone or none. */
const WRITTEN =
  /^(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|CES?T|E[SD]T|C[SD]T|M[SD]T|P[SD]T|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]*\])?$/i;
/** The day first, as with points everywhere. */
const WITH_POINTS = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)/;
/** Ends of texts that tell a zone. */
const ZONED = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?:\s*\([^)]*\))?$/i;
/** Names of zones, which Date does not know all of, as hours. */
const ZONES: Readonly<Record<string, string>> = {
  CET: "+01:00",
  CEST: "+02:00",
  EST: "-05:00",
  EDT: "-04:00",
  CST: "-06:00",
  CDT: "-05:00",
  MST: "-07:00",
  MDT: "-06:00",
  PST: "-08:00",
  PDT: "-07:00",
};
/** Times since the epoch, by how many digits they have now: of s, ms, us and ns. */
const UNITS: readonly { digits: RegExp; perMs: number }[] = [
  { digits: /^\d{9,10}(?:\.\d+)?$/, perMs: 1e-3 },
  { digits: /^\d{12,13}(?:\.\d+)?$/, perMs: 1 },
  { digits: /^\d{15,16}$/, perMs: 1e3 },
  { digits: /^\d{18,19}$/, perMs: 1e6 },
];

/** ms since the epoch of a time that a log tells; one without a zone is UTC, wherever this runs. NaN: it is none, or could be of two days. */
export function utcTime(told: string): number {
  const text = told.trim();
  const unit = UNITS.find(({ digits }) => digits.test(text));
  if (unit !== undefined) return Math.floor(Number(text) / unit.perMs);
  const iso = text.replace(
    WITH_POINTS,
    (_, day: string, month: string, year: string) => `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`,
  );
  const [, date, minutes = "00:00", seconds = "00", fraction = "0", zone = "Z"] = WRITTEN.exec(iso) ?? [];
  if (date !== undefined)
    return Date.parse(`${date}T${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}${offsetOf(zone)}`);
  if (ZONED.test(text)) return /[a-z]{3}|T\d|\//i.test(text) ? Date.parse(text) : Number.NaN;
  // Of digits with dashes Date would take the month first, and by this machine's zone.
  return /[a-z]{3}|\//i.test(text) ? Date.parse(`${text} UTC`) : Number.NaN;
}

function offsetOf(zone: string): string {
  const name = zone.toUpperCase();
  if (!/^[+-]/.test(name)) return ZONES[name] ?? "Z";
  const [, hours, minutes = "00"] = /^([+-]\d\d):?(\d\d)?$/.exec(name)!;
  return `${hours}:${minutes}`;
}
