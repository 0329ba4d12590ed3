import { FileKindError } from "../files/file-kind.ts";
import { InputError } from "../files/input-error.ts";
import { OutcomeError } from "../files/outcome-error.ts";
import { keyOf, parseAll } from "../files/repeated-keys.ts";
import { Example, type SlotLabel } from "./example.ts";
import { defaultNamespace, type Hashing, hashOf, STRINGS } from "./hashing.ts";
import { countedCost, type LabelKind, observedCost, readLabel } from "./label.ts";
import { DEFAULT_SLOT } from "./text.ts";

/** The lines that one JSON document stands for: a single example, or what is shared and one for each action. */
export type Document = {
  /** The single example, or the features that all actions share. */
  head: Example;
  actions: Example[];
  /** Of a decision of several slots. */
  slots: Example[];
  /** False when the document says that it is not to be learned from. */
  learn: boolean;
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };
type Namespace = { slot: number; hash: number };

/** What a list may hold beside objects: numbers only, as in VW, or texts, too, which make it a set of categories. */
export type Lists = "numbers" | "sets";

/**
 * Reads VW's JSON: the keys of an object are features, or namespaces when they hold objects; keys that begin with `_` are not,
 * but for `_label...`, `_text` and `_multi`, a list of actions.
 * @param chainHash a string is hashed after its key; else key and string are hashed as one word.
 * @param lists what they may hold beside objects.
 */
export class JsonReader {
  readonly #labels: LabelKind;
  readonly #chainHash: boolean;
  readonly #hashing: Hashing;
  readonly #default: Namespace;
  readonly #lists: Lists;

  constructor(labels: LabelKind, chainHash: boolean, hashing: Hashing = STRINGS, lists: Lists = "numbers") {
    this.#lists = lists;
    this.#hashing = hashing;
    this.#default = { slot: DEFAULT_SLOT, hash: defaultNamespace(hashing) };
    this.#labels = labels;
    this.#chainHash = chainHash;
  }

  /** @throws InputError saying what is wrong with the line. */
  read(line: string): Document {
    const object = parse(line);
    const document = this.#features(object);
    if (this.#labels === "slots") addOutcomes(object, document);
    else this.#label(object, document);
    return document;
  }

  /**
   * Reads the log of a decision service (dsjson): the features are under `c`, the label beside it.
   * @throws InputError saying what is wrong with the line.
   */
  readDecision(line: string): Document {
    const object = parse(line);
    const { c: context, _skipLearn: skip, pdrop } = object;
    if (this.#labels !== "slots" && isSlots(object))
      throw new FileKindError(
        "it is a log of several slots (ccb), and this reads those of one action a decision: edgewise evaluate and edgewise vw --ccb_explore_adf read it",
      );
    if (!isObject(context)) throw new InputError('there is no object "c" with the features of the decision');
    const document = this.#features(context);
    if (this.#labels === "slots") addOutcomes(object, document);
    else this.#label(object, document);
    // VW passes over decisions of several slots of which nothing is known.
    const isKnown = this.#labels !== "slots" || document.slots.some(({ slot }) => slot!.outcome !== null);
    document.learn = skip !== true && isKnown;
    if (typeof pdrop === "number") {
      if (!(pdrop >= 0 && pdrop < 1))
        throw new InputError(`the probability of a drop must be from 0 to below 1, not ${pdrop}`);
      document.head.importance = 1 / (1 - pdrop);
    }
    return document;
  }

  #features(object: JsonObject): Document {
    const document: Document = { head: new Example(), actions: [], slots: [], learn: true };
    this.#walk(object, this.#default, document.head, document);
    return document;
  }

  /** The actions of a list "_multi", wherever it is. */
  #actions(multi: Json): Example[] {
    return objectsOf(multi, '"_multi"', "an action").map((item) => {
      const action = new Example();
      this.#walk(item, this.#default, action);
      if (typeof item._label === "string") readLabel(`${item._label} `, this.#labels, action);
      else if (isObject(item._label)) readLabelObject(item._label, action);
      return action;
    });
  }

  #slots(slots: Json): Example[] {
    return objectsOf(slots, '"_slots"', "a slot").map((item) => {
      const slot = new Example();
      slot.slot = slotLabel(item);
      this.#walk(item, this.#default, slot);
      return slot;
    });
  }

  /** @param document gets the actions and slots that are found. */
  #walk(object: JsonObject, namespace: Namespace, into: Example, document?: Document): void {
    for (const name of Object.keys(object)) {
      const value = object[name]!;
      const key = keyOf(name);
      if (key.startsWith("_")) {
        if (key === "_text" && typeof value === "string") this.#addWords(value, namespace, into);
        else if (key === "_multi") document?.actions.push(...this.#actions(value));
        else if (key === "_slots" && this.#labels === "slots") document?.slots.push(...this.#slots(value));
      } else if (typeof value === "number")
        into.add(namespace.slot, this.#hash(key, namespace.hash), Math.fround(value));
      else if (value === true) into.add(namespace.slot, this.#hash(key, namespace.hash), 1);
      else if (typeof value === "string") into.add(namespace.slot, this.#category(key, value, namespace.hash), 1);
      else if (Array.isArray(value)) {
        if (this.#lists === "sets" && value.some(isWord)) this.#set(value, key, namespace, into);
        else this.#list(value, key, into, document);
      } else if (value) this.#walk(value, this.#namespaceOf(key), into, document);
    }
  }

  #category(key: string, value: string, seed: number): number {
    const text = value.replace(/[ \t|:]/g, "_");
    return this.#chainHash ? this.#hash(text, this.#hash(key, seed)) : this.#hash(key + text, seed);
  }

  /** The numbers of a list are features by their position; objects in it are of the list's namespace. */
  #list(list: readonly Json[], key: string, into: Example, document?: Document): void {
    const namespace = this.#namespaceOf(key);
    let position = 0;
    for (const item of list) {
      if (typeof item === "number") into.add(namespace.slot, (namespace.hash + position++) >>> 0, Math.fround(item));
      else if (isObject(item)) this.#walk(item, namespace, into, document);
      else if (isWord(item))
        throw new InputError(
          `the list ${JSON.stringify(key)} holds ${JSON.stringify(item)}, and VW's lists hold numbers and objects only: write it as ${JSON.stringify({ [key]: { [String(item)]: true } })}`,
        );
      else if (item !== null)
        throw new InputError(
          `the list ${JSON.stringify(key)} holds a list, which is no feature: write all as one list, or each under a key of its own`,
        );
    }
    if (this.#lists === "sets" && position > 0 && list.some(isObject))
      throw new InputError(
        `the list ${JSON.stringify(key)} holds numbers and objects, which a spec cannot read: write each under a key of its own`,
      );
  }

  /** A list of texts is what the key would be with each of them once. */
  #set(list: readonly Json[], key: string, { slot, hash }: Namespace, into: Example): void {
    const words = list.filter((item) => item !== null);
    if (!words.every((item) => typeof item !== "object"))
      throw new InputError(`the list ${JSON.stringify(key)} holds texts and others: write each under a key of its own`);
    for (const word of new Set(words.map(String))) into.add(slot, this.#category(key, word, hash), 1);
  }

  #addWords(text: string, { slot, hash }: Namespace, into: Example): void {
    for (const word of text.split(/[ \t]+/))
      if (word !== "") into.add(slot, this.#hash(word.replace(/[:|]/g, "_"), hash), 1);
  }

  #hash(name: string, seed: number): number {
    return hashOf(this.#hashing, name, seed);
  }

  #namespaceOf(key: string): Namespace {
    return { slot: Buffer.from(key)[0] ?? 0, hash: this.#hash(key, this.#hashing.seed) };
  }

  #label(object: JsonObject, { head, actions }: Document): void {
    const { _label: label, _labelIndex: index } = object;
    if (typeof label === "number" && this.#labels === "simple") head.label = Math.fround(label);
    else if (typeof label === "number" && this.#labels === "class") readLabel(`${label} `, this.#labels, head);
    else if (typeof label === "string") readLabel(`${label} `, this.#labels, head);
    else if (isObject(label)) readLabelObject(label, head);
    const single = Object.fromEntries(
      Object.entries(object).flatMap(([key, value]) => (key.startsWith("_label_") ? [[key.slice(7), value]] : [])),
    );
    if (Object.keys(single).length === 0) return;
    if (actions.length === 0) {
      readLabelObject(single, head);
      return;
    }
    const at = typeof index === "number" ? index : numberAt(single, "action") - 1;
    const chosen = actions[at];
    if (chosen === undefined)
      throw new OutcomeError("action", `the label is for action ${at + 1} of ${actions.length}`);
    readLabelObject(single, chosen);
  }
}

/** Of an object of a slot, or of its outcome: "_label_cost", with the actions and their probabilities, "_a" and "_p"; and what may be taken, "_inc". */
function slotLabel({ _label_cost: cost, _a: actions, _p: probabilities, _inc: included }: JsonObject): SlotLabel {
  const [action, probability] = [actions, probabilities].map((list) => (Array.isArray(list) ? list[0] : list));
  const isKnown = typeof cost === "number" && typeof action === "number" && typeof probability === "number";
  return {
    outcome: isKnown ? countedCost(observedCost(action, Math.fround(cost), Math.fround(probability))) : null,
    included: Array.isArray(included) ? included.filter((item) => typeof item === "number") : [],
  };
}

/**
 * What became of the slots, which a log has beside them.
 * A decision without slots is one of a single slot.
 */
function addOutcomes(object: JsonObject, { slots }: Document): void {
  const { _outcomes: outcomes, _label_cost: cost, _label_probability: probability, _label_Action: action } = object;
  if (outcomes !== undefined)
    objectsOf(outcomes, '"_outcomes"', "an outcome").forEach((item, i) => {
      const slot = slots[i];
      if (slot === undefined) throw new InputError(`there is an outcome for slot ${i + 1} of ${slots.length}`);
      const { outcome, included } = slotLabel(item);
      slot.slot = { outcome, included: [...slot.slot!.included, ...included] };
    });
  if (slots.length > 0 || typeof action !== "number") return;
  const only = new Example();
  only.slot = slotLabel({ _label_cost: cost ?? null, _a: action - 1, _p: probability ?? null });
  slots.push(only);
}

function readLabelObject(label: JsonObject, into: Example): void {
  const has = (name: string) => Object.keys(label).some((key) => key.toLowerCase() === name);
  if (has("label")) into.label = numberAt(label, "label");
  if (has("weight")) into.importance = numberAt(label, "weight");
  if (has("initial")) into.base = numberAt(label, "initial");
  if (has("cost"))
    into.observed = observedCost(
      has("action") ? numberAt(label, "action") : 0,
      numberAt(label, "cost"),
      numberAt(label, "probability"),
    );
}

/** The number under a key, whose case does not matter. */
function numberAt(object: JsonObject, name: string): number {
  const key = Object.keys(object).find((k) => k.toLowerCase() === name);
  const value = key === undefined ? undefined : object[key];
  if (typeof value !== "number") throw new OutcomeError("label", `the label has no number ${JSON.stringify(name)}`);
  return Math.fround(value);
}

function parse(line: string): JsonObject {
  let value: Json;
  try {
    value = parseAll(line) as Json;
  } catch (error) {
    throw new InputError(`it is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new InputError("it is not a JSON object");
  return value;
}

/** Whether a decision service's line chose for several slots at once (VW's ccb and slates). */
export const isSlots = ({ c, _outcomes: outcomes }: { [key: string]: unknown }): boolean =>
  outcomes !== undefined || (typeof c === "object" && c !== null && "_slots" in c);

function objectsOf(list: Json, name: string, item: string): JsonObject[] {
  if (!Array.isArray(list)) throw new InputError(`${name} is not a list`);
  if (!list.every(isObject)) throw new InputError(`${item} is not an object`);
  return list;
}

const isWord = (value: Json): value is string | boolean => typeof value === "string" || typeof value === "boolean";

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
