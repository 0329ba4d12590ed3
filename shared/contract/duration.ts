const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a span of time such as `500ms`, `30s`, `10m`, `24h` or `7d`.
 * @throws Error when the text is not one.
 */
export function parseDuration(text: string): number {
  if (!DURATION.test(text))
    throw new Error(`${JSON.stringify(text)} is not a duration: a number and ms, s, m, h or d, such as "30s"`);
  return milliseconds(text);
}

/** As `parseDuration`, of a spec that was checked when it was deployed: without words for what cannot be. @throws TypeError */
export function milliseconds(text: string): number {
  const [, amount, unit] = DURATION.exec(text)!;
  return Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
}
