import type { LoggedInput } from "../../shared/evaluation/with-session.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";
import { InputError } from "../files/input-error.ts";
import { isObject } from "../files/is-object.ts";
import { OutcomeError } from "../files/outcome-error.ts";
import { merged, parseAll } from "../files/repeated-keys.ts";
import { STRINGS } from "../vw/hashing.ts";
import { type Document, isSlots, JsonReader } from "../vw/json.ts";
import { exportedInput } from "./dsjson.ts";
import type { FileEntry } from "./file-entry.ts";
import { actionsIn, propertiesOf } from "./json-values.ts";
import { eventsOf } from "./logged-events.ts";
import { probabilitiesIn } from "./probabilities.ts";
import { slotEntries } from "./slot-entries.ts";
import { outcomeOf } from "./text-events.ts";
import { utcTime } from "./utc-time.ts";

/** How far the probability beside the label may be from the one in the list: services log single precision. */
const TOLERANCE = 1e-4;

type JsonObject = Record<string, unknown>;

/** Reads a decision of VW's JSON: a function of its line. A string is hashed after its key (VW's --chain_hash). */
export function jsonEvents(): (line: string) => FileEntry {
  const reader = new JsonReader("bandit", true, STRINGS, "sets");
  return (line) => {
    const document = reader.read(line);
    const events = SESSION.test(line) ? eventsOf(whole(line)._events) : undefined;
    const id = NAMES_ID.test(line) ? idOf(whole(line).EventId) : null;
    return eventOf(document, id, null, () => ({ ...inputOf(whole(line), 0), events }));
  };
}

/** Reads the decisions of a line of a decision service's log (dsjson), a function of it: one, or one for each of several slots. */
export function dsjsonEvents(): (line: string) => readonly FileEntry[] {
  const reader = new JsonReader("bandit", true, STRINGS, "sets");
  const slotReader = new JsonReader("slots", true, STRINGS, "sets");
  return (line) => {
    const slots = NAMES_SLOTS.test(line) ? objectIn(line) : null;
    if (slots !== null && isSlots(slots)) return slotEntries(slotReader, line, slots, inputIn(slots));
    const document = reader.readDecision(line);
    const object = whole(line);
    checkLabel(object);
    const { a, p, EventId: id } = object;
    const places = document.actions.map((_, i) => i + 1);
    return [eventOf(document, idOf(id), probabilitiesIn(a, p, places), inputIn(object))];
  };
}

/** A service may count its events; a feature of a log may have that name, but is an object. */
const idOf = (id: unknown): string | null =>
  (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : null;

const NAMES_ID = /"EventId"/;
const SESSION = /"_events"/;
const NAMES_SLOTS = /"_(outcomes|slots)"/;

/** What a reader of VW's passes by: a label for two actions, and a probability that is a text. */
function checkLabel({ _labelIndex: index, _label_Action: action, pdrop }: JsonObject): void {
  if (typeof index === "number" && typeof action === "number" && index !== action - 1)
    throw new OutcomeError(
      "action",
      `the label is for action ${action} (from 1) by "_label_Action", and for ${index + 1} by "_labelIndex" (from 0)`,
    );
  if (pdrop !== undefined && pdrop !== null && typeof pdrop !== "number")
    throw new OutcomeError("probability", `"pdrop" is ${JSON.stringify(pdrop)}, which is no number`);
}

/** The object of a line; null where it has none, which its reader says. */
function objectIn(line: string): JsonObject | null {
  try {
    const object: unknown = whole(line);
    return isObject(object) ? object : null;
  } catch {
    return null;
  }
}

/** @throws InputError when what it says of the session is not right. */
function inputIn({ c, Timestamp }: JsonObject): () => LoggedInput {
  const at = utcTime(String(Timestamp));
  const context = c as JsonObject;
  const events = isObject(c) ? eventsOf(c._events) : undefined;
  return () => ({ ...dsjsonInput(context, Number.isNaN(at) ? 0 : at), events });
}

/** A line with what comes twice in it put together. */
const whole = (line: string): JsonObject => merged(parseAll(line)) as JsonObject;

function eventOf(
  { head, actions, learn }: Document,
  id: string | null,
  probabilities: Float64Array | null,
  values: () => LoggedInput,
): FileEntry {
  const count = actions.length;
  if (count === 0) throw new InputError('a decision needs a list of actions, "_multi"');
  const outcome = learn ? outcomeOf(actions, count, head.importance) : null;
  if (outcome !== null && probabilities !== null) {
    const listed = probabilities[outcome.chosen]!;
    if (Math.abs(listed - outcome.propensity) > TOLERANCE)
      throw new OutcomeError(
        "probability",
        `the label's probability is ${outcome.propensity}, but "p" says ${listed} of action ${outcome.chosen + 1}`,
      );
    if (listed > 0) outcome.propensity = listed;
  }
  return { id, outcome, probabilities, count, shared: head, actions, values };
}

const dsjsonInput = (context: JsonObject, at: number): FeaturizerInput =>
  exportedInput(context, at) ?? inputOf(context, at);

function inputOf(context: JsonObject, at: number): FeaturizerInput {
  return {
    at,
    context: propertiesOf(context),
    sessionFeatures: {},
    profileFeatures: {},
    actions: actionsIn(context).map((item, i) => ({ id: String(item._tag ?? i + 1), features: propertiesOf(item) })),
    graph: null,
  };
}
