/**
 * W3C Trace Context: which trace a call belongs to, by the headers that came with it. https://www.w3.org/TR/trace-context/
 */

/** `state`: what the systems on the way have to say, to be passed on; null when there is nothing that can be. */
export type TraceContext = { traceId: string; parentId: string; sampled: boolean; state: string | null };

/** Fields of version 00, which later versions begin with. */
const FIELDS = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?=$|-)/;
/** Length of version 00. */
const LENGTH = 55;
const ZEROS = /^0+$/;
const SAMPLED = 1;

/**
 * Reads the context of a call. A version above 00 is read as 00: what it has at the end is not known, and not passed on.
 * @param traceparent the header; where there were several, with commas between them, which is none.
 * @param tracestate the header, or several, with commas between them.
 * @returns null when it is of no trace that can be gone on with: a new one is to be begun then, without the state.
 *
 * @example readTraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", undefined)?.sampled // true
 */
export function readTraceContext(traceparent: string | undefined, tracestate: string | undefined): TraceContext | null {
  const text = traceparent?.trim() ?? "";
  const [, version, traceId, parentId, flags] = FIELDS.exec(text) ?? [];
  if (!traceId || !parentId || version === "ff") return null;
  if (version === "00" && text.length !== LENGTH) return null;
  // Nor is it several headers, of which the first is long enough.
  if (text.includes(",")) return null;
  if (ZEROS.test(traceId) || ZEROS.test(parentId)) return null;
  return { traceId, parentId, sampled: (Number.parseInt(flags!, 16) & SAMPLED) !== 0, state: readState(tracestate) };
}

/** A header for this part of a trace. Flags of later versions are not ours to say. */
export const traceparentOf = ({ traceId, parentId, sampled }: Omit<TraceContext, "state">): string =>
  `00-${traceId}-${parentId}-${sampled ? "01" : "00"}`;

/** Most members of a state, and the length that everybody passes on. */
const MAX_MEMBERS = 32;
const MAX_STATE = 512;
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
/** Printable, without a comma or an equals sign; not ending in a space. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A state as it came, but for spaces and empty members; null when it is none, or longer than everybody passes on. */
function readState(header: string | undefined): string | null {
  const members = (header ?? "").split(",").flatMap((member) => member.trim() || []);
  if (members.length === 0 || members.length > MAX_MEMBERS) return null;
  const keys = new Set<string>();
  for (const member of members) {
    const equals = member.indexOf("=");
    const key = member.slice(0, equals);
    if (equals < 0 || !KEY.test(key) || !VALUE.test(member.slice(equals + 1)) || keys.has(key)) return null;
    keys.add(key);
  }
  const state = members.join(",");
  return state.length > MAX_STATE ? null : state;
}
