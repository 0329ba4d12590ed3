const ZONE = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\s*$/i;

/** ms since the epoch of a time that a log tells; one without a zone is UTC, wherever this runs. NaN: it is none. */
export function utcTime(text: string): number {
  if (ZONE.test(text)) return Date.parse(text);
  const iso = Date.parse(`${text.trim().replace(/^(\d{4}-\d\d-\d\d) /, "$1T")}Z`);
  return Number.isNaN(iso) ? Date.parse(`${text} UTC`) : iso;
}
