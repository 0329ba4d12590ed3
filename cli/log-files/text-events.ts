import type { Properties } from "../../shared/contract/values.ts";
import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import { hashFeature, hashNamespace } from "../../shared/features/hash.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";
import { InputError } from "../files/input-error.ts";
import type { LineReader } from "../files/line-reader.ts";
import { isEmpty } from "../files/lines.ts";
import { NoSuchAction } from "../files/outcome-error.ts";
import { decodeText } from "../files/utf8.ts";
import { Events } from "../vw/events.ts";
import { Example } from "../vw/example.ts";
import { STRINGS } from "../vw/hashing.ts";
import { type OnDoubt, readLine } from "../vw/text.ts";
import type { FileEntry } from "./file-entry.ts";
import { propensityOf } from "./propensity.ts";

/** How a line with a cost begins. */
const COST = /^\s*\d+:[^\s|]/;

/** VW reads half of a number with a decimal comma, and no more of its line: nobody means that, and here nothing has to be as it is there. */
const orCommas =
  (onDoubt: OnDoubt): OnDoubt =>
  (problem, hasComma) => {
    if (hasComma) throw new InputError(problem.replace(/: it is read .*/, ". Write 1.5 for 1,5"));
    onDoubt(problem);
  };

/** VW's text with a line an action (cb_adf). */
export function actionLines(onEntry: (event: FileEntry) => void, onDoubt: OnDoubt): LineReader {
  let lines: string[] = [];
  let costs = 0;
  const events = new Events(
    (shared, actions, count) => {
      const texts = lines;
      lines = [];
      costs = 0;
      onEntry({
        id: null,
        outcome: outcomeOf(actions, count),
        probabilities: null,
        count,
        shared,
        actions,
        values: () => {
          const [context, rest] = shared === null ? ["", texts] : [texts[0]!, texts.slice(1)];
          return input(propertiesOf(context), rest.map(propertiesOf));
        },
      });
    },
    "bandit",
    STRINGS,
    orCommas(onDoubt),
  );
  return {
    line(bytes, start, end) {
      if (!isEmpty(bytes, start, end)) {
        const text = decodeText(bytes.subarray(start, end));
        lines.push(text);
        if (COST.test(text)) costs++;
      }
      events.line(bytes, start, end);
      if (costs > 1)
        throw new InputError(
          "the costs of two actions of one decision cannot both be known (if every line is a decision: --actions K)",
        );
      if (isEmpty(bytes, start, end)) {
        // Those of an event that was left out are still there.
        lines = [];
        costs = 0;
      }
    },
    spoil() {
      lines = [];
      costs = 0;
      events.spoil();
    },
    end: () => events.end(),
  };
}

/** VW's text with a line a decision (cb): all of its features are shared, and an action has nothing but its number. */
export function decisionLines(count: number, onEntry: (event: FileEntry) => void, onDoubt: OnDoubt): LineReader {
  const shared = new Example();
  const namespace = "action";
  const actions = Array.from({ length: count }, (_, i) => {
    const action = new Example();
    action.add(namespace.charCodeAt(0), hashFeature(`number${i + 1}`, hashNamespace(namespace)), 1);
    return action;
  });
  return {
    line(bytes, start, end) {
      if (isEmpty(bytes, start, end)) return;
      const text = decodeText(bytes.subarray(start, end));
      readLine(bytes, start, end, "bandit", shared, STRINGS, orCommas(onDoubt));
      const { observed } = shared;
      if (observed !== null && !(observed.action >= 1 && observed.action <= count))
        throw new NoSuchAction(observed.action, 1, count);
      onEntry({
        id: null,
        outcome: observed && {
          chosen: observed.action - 1,
          propensity: propensityOf(observed.probability, count),
          reward: -observed.cost,
          importance: 1,
        },
        probabilities: null,
        count,
        shared,
        actions,
        values: () =>
          input(
            propertiesOf(text),
            actions.map((_, i) => ({ number: String(i + 1) })),
          ),
      });
    },
    spoil() {},
    end() {},
  };
}

/** @throws InputError when the cost of more than one action is known. */
export function outcomeOf(actions: readonly Example[], count: number, importance = 1): Outcome | null {
  let outcome: Outcome | null = null;
  for (let i = 0; i < count; i++) {
    const { observed } = actions[i]!;
    if (observed === null) continue;
    if (outcome !== null) throw new InputError("only one action's cost can be known");
    const propensity = propensityOf(observed.probability, count);
    outcome = { chosen: i, propensity, reward: -observed.cost || 0, importance };
  }
  return outcome;
}

type NamedValue = number | string | string[];
type NamedFeatures = Map<string, NamedValue>;

/** Of categories that a feature has, all count, as in JSON; of numbers the last does. */
function add(features: NamedFeatures, name: string, value: number | string): void {
  const known = features.get(name);
  const isText = typeof value === "string" && known !== undefined && typeof known !== "number";
  features.set(name, isText ? [known, value].flat() : value);
}

/** Namespaces are objects of their features; those of the default namespace stand beside them, where no namespace has their name. */
function propertiesOf(line: string): Properties {
  const own: NamedFeatures = new Map();
  const namespaces = new Map<string, NamedFeatures>();
  for (const part of line.split("|").slice(1)) {
    const words = part.split(/[ \t\r]+/);
    const [namespace, scale] = words.shift()!.split(":");
    const features = namespace ? (namespaces.get(namespace) ?? new Map<string, NamedValue>()) : own;
    if (namespace) namespaces.set(namespace, features);
    for (const word of words) {
      const colon = word.indexOf(":");
      if (word === "" || colon === 0) continue;
      if (colon < 0) features.set(word, Number(scale ?? 1));
      else {
        const value = word.slice(colon + 1);
        add(features, word.slice(0, colon), Number.isNaN(Number(value)) ? value : Number(value) * Number(scale ?? 1));
      }
    }
  }
  const objects = [...namespaces].map(([name, features]) => [name, Object.fromEntries(features)] as const);
  // Defines properties, so that even one called `__proto__` is an own one.
  return Object.fromEntries<Properties[string]>([...own, ...objects]);
}

/** Such logs tell no time. */
function input(context: Properties, actions: readonly Properties[]): FeaturizerInput {
  return {
    at: 0,
    context,
    sessionFeatures: {},
    profileFeatures: {},
    actions: actions.map((features, i) => ({ id: String(i + 1), features })),
    graph: null,
  };
}
