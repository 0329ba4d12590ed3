import { z } from "zod";
import { type SessionEvent, sessionEvent } from "../../shared/contract/record.ts";
import { InputError } from "../files/input-error.ts";
import { utcTime } from "./utc-time.ts";

/** A time in ms since the epoch, or as text. */
const time = z.preprocess((at) => (typeof at === "string" ? utcTime(at) : at), sessionEvent.shape.at);
// As many as there are: features keep the newest of each path themselves.
const loggedEvents = z.array(sessionEvent.extend({ at: time }));

/**
 * What a log says of the session until a decision, as in a rank call.
 * @param events `_events` of a line, such as `[{ "type": "view", "at": "2026-11-30T10:00:00Z", "properties": { "item": "m42" } }]`; undefined: it says nothing.
 * @throws InputError
 */
export function eventsOf(events: unknown): readonly SessionEvent[] | undefined {
  if (events === undefined) return undefined;
  const { data, error } = loggedEvents.safeParse(events);
  if (!error) return data;
  const { path, message } = error.issues[0]!;
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  throw new InputError(`"_events"${place}: ${message}`);
}
