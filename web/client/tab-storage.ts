/** What belongs to this tab and outlives a reload; undefined where the browser's settings forbid it. */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
