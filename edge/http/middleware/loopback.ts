/**
 * What comes from this machine itself, and not through a proxy nor from a page of elsewhere: to that the edge is open while there are no keys. A page that
 * the developer visits can send requests to loopback, under its own origin, or, when its name has been made to lead here, under a host of its own.
 */

const HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Headers that proxies add, or Cloudflare. */
const FORWARDED = ["cf-connecting-ip", "x-forwarded-for", "x-real-ip", "forwarded", "via"];

/** Why a request does not count as one of this machine; null when it does. */
export function notLoopback(url: string, header: (name: string) => string | undefined): string | null {
  for (const [what, host] of [
    ["its host", hostOf(url)],
    ["its Host header", header("host")],
    ["its X-Forwarded-Host header", header("x-forwarded-host")],
  ] as const)
    if (host !== undefined && !isLoopbackHost(host)) return `${what} is not localhost, 127.0.0.1 or [::1]`;
  const forwarded = FORWARDED.find((name) => header(name) !== undefined);
  if (forwarded) return `it came through a proxy, by its header ${forwarded}`;
  const origin = header("origin");
  return origin === undefined || isLoopbackOrigin(origin) ? null : "it comes from a page of another origin";
}

/** Whether an origin is one of this machine: `http://localhost:5173`. */
export function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return /^https?:$/.test(url.protocol) && url.origin === origin && HOSTS.has(url.hostname);
}

/** Spellings of this machine, with ports, that were looked at: each call has two, and parsing takes longer than all else here. */
const spellings = new Set<string>();
const MAX_SPELLINGS = 100;

function isLoopbackHost(host: string): boolean {
  if (spellings.has(host)) return true;
  if (!URL.canParse(`http://${host}`) || !HOSTS.has(new URL(`http://${host}`).hostname)) return false;
  if (spellings.size >= MAX_SPELLINGS) spellings.clear();
  spellings.add(host);
  return true;
}

/** What stands between the slashes of a URL, as the runtime writes those of requests. */
function hostOf(url: string): string {
  const start = url.indexOf("//") + 2;
  const end = url.indexOf("/", start);
  return url.slice(start, end < 0 ? url.length : end);
}
