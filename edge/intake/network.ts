/**
 * The network that an address is in, for all who are likely to be one: of IPv4 the first 24 bits, of IPv6 the first 48, which is what a site is given (RFC 6177).
 * Null of this machine's own, and of what is no address.
 * @example networkOf("203.0.113.7") === "203.0.113.0/24"
 */
export function networkOf(address: string): string | null {
  const text = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(text);
  if (four) return four[1] === "127" ? null : `${four.slice(1, 4).join(".")}.0/24`;
  if (!/^[0-9a-f:]+$/.test(text) || !text.includes(":") || text === "::1") return null;
  const [head = "", tail] = text.split("::");
  const groups = head === "" ? [] : head.split(":");
  // What "::" stands for are zeros; it may begin within the first three groups.
  const after = tail ? tail.split(":") : [];
  while (tail !== undefined && groups.length + after.length < 8) groups.push("0");
  const first = [...groups, ...after].slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return first.length === 3 ? `${first.join(":")}::/48` : null;
}
