/**
 * The key that demo or console was opened with: `/console/#key=sk_...`. It is kept for this tab and page, and taken out of the address. What stands after
 * # is sent to no server.
 * @returns undefined when there is none, as while the edge has no keys.
 */
export function pageKey(): string | undefined {
  const place = `edgewise key ${location.pathname}`;
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(place, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(place) ?? undefined;
}
