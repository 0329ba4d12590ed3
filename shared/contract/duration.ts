const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a span of time such as `500ms`, `30s`, `10m`, `24h` or `7d`.
 * @throws Error when the text is not one.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match)
    throw new Error(`${JSON.stringify(text)} is not a duration: a number and ms, s, m, h or d, such as "30s"`);
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}
