/** What is said of one connection, and not of the message that goes over it (RFC 9110, 7.6.1). */
const OF_A_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The headers that go on, in their order, as they are: names and values by turns. `Expect` does not: it has been done.
 * @param raw names and values by turns.
 */
export function endToEnd(raw: readonly string[]): string[] {
  const named = namedByConnection(raw);
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (OF_A_CONNECTION.has(name) || name === "expect" || named?.has(name)) continue;
    headers.push(raw[i]!, raw[i + 1]!);
  }
  return headers;
}

function namedByConnection(raw: readonly string[]): Set<string> | null {
  let named: Set<string> | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.toLowerCase() !== "connection") continue;
    for (const token of raw[i + 1]!.toLowerCase().split(",")) {
      const name = token.trim();
      if (name === "keep-alive" || name === "close") continue;
      named ??= new Set();
      named.add(name);
    }
  }
  return named;
}
