import type { Properties } from "../../shared/contract/values.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";
import { InputError } from "../files/input-error.ts";
import { merged, parseAll } from "../files/repeated-keys.ts";
import { type Document, JsonReader } from "../vw/json.ts";
import { exportedInput } from "./dsjson.ts";
import type { FileEntry } from "./file-entry.ts";
import { outcomeOf } from "./text-events.ts";
import { utcTime } from "./utc-time.ts";

/** How far the probability beside the label may be from the one in the list: services log single precision. */
const TOLERANCE = 1e-4;

/** How far a sum of probabilities may be from 1: what rounding each to single precision, or to four digits as some loggers do, makes of it. */
const SUM_TOLERANCE = 1e-3;

type JsonObject = Record<string, unknown>;

/** Reads a decision of VW's JSON: a function of its line. A string is hashed after its key (VW's --chain_hash). */
export function jsonEvents(): (line: string) => FileEntry {
  const reader = new JsonReader("bandit", true);
  return (line) => eventOf(reader.read(line), null, null, () => inputOf(whole(line), 0));
}

/** Reads a decision of a decision service's log (dsjson): a function of its line. */
export function dsjsonEvents(): (line: string) => FileEntry {
  const reader = new JsonReader("bandit", true);
  return (line) => {
    const document = reader.readDecision(line);
    const { a, p, c, Timestamp, EventId: id } = whole(line);
    const at = utcTime(String(Timestamp));
    const probabilities = probabilitiesOf(a, p, document.actions.length);
    return eventOf(document, typeof id === "string" ? id : null, probabilities, () =>
      dsjsonInput(c as JsonObject, Number.isNaN(at) ? 0 : at),
    );
  };
}

/** A line with what comes twice in it put together. */
const whole = (line: string): JsonObject => merged(parseAll(line)) as JsonObject;

function eventOf(
  { head, actions, learn }: Document,
  id: string | null,
  probabilities: Float64Array | null,
  values: () => FeaturizerInput,
): FileEntry {
  const count = actions.length;
  if (count === 0) throw new InputError('a decision needs a list of actions, "_multi"');
  const outcome = learn ? outcomeOf(actions, count, head.importance) : null;
  if (outcome !== null && probabilities !== null) {
    const listed = probabilities[outcome.chosen]!;
    if (Math.abs(listed - outcome.propensity) > TOLERANCE)
      throw new InputError(
        `the label's probability is ${outcome.propensity}, but "p" says ${listed} of action ${outcome.chosen + 1}`,
      );
    if (listed > 0) outcome.propensity = listed;
  }
  return { id, outcome, probabilities, count, shared: head, actions, values };
}

/** The probability of each action, from the actions in the order in which they were ranked (from 1) and their probabilities. */
function probabilitiesOf(ranking: unknown, ranked: unknown, count: number): Float64Array | null {
  if (!Array.isArray(ranking) || !Array.isArray(ranked)) return null;
  const result = new Float64Array(count).fill(Number.NaN);
  if (ranking.length === count && ranked.length === count)
    for (let i = 0; i < count; i++) result[ranking[i] - 1] = ranked[i];
  const sum = result.reduce((a, b) => a + b, 0);
  // NaN where one is missing.
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE))
    throw new InputError(
      `"a" and "p" must give each of the ${count} actions a probability, and these must sum to 1${Number.isNaN(sum) ? "" : `, not to ${Number(sum.toPrecision(4))}`}`,
    );
  return result.map((probability) => probability / sum);
}

const dsjsonInput = (context: JsonObject, at: number): FeaturizerInput =>
  exportedInput(context, at) ?? inputOf(context, at);

function inputOf(context: JsonObject, at: number): FeaturizerInput {
  const items = Array.isArray(context._multi) ? (context._multi as JsonObject[]) : [];
  return {
    at,
    context: featuresOf(context),
    sessionFeatures: {},
    profileFeatures: {},
    actions: items.map((item, i) => ({ id: String(item._tag ?? i + 1), features: featuresOf(item) })),
    graph: null,
  };
}

/** Keys that begin with `_` are no features. */
const featuresOf = (object: JsonObject): Properties =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !key.startsWith("_"))) as Properties;
