import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";
import { FileKindError } from "../files/file-kind.ts";
import { InputError } from "../files/input-error.ts";
import { Example } from "../vw/example.ts";
import { hashOf, STRINGS } from "../vw/hashing.ts";
import { SLOT_FEATURES, SLOT_ID } from "../vw/interactions.ts";
import type { JsonReader } from "../vw/json.ts";
import { DEFAULT_SLOT } from "../vw/text.ts";
import type { FileEntry } from "./file-entry.ts";
import { propertiesOf } from "./json-values.ts";
import { probabilitiesIn } from "./probabilities.ts";
import { propensityOf } from "./propensity.ts";

type JsonObject = Record<string, unknown>;

/**
 * The slots of a decision service's line as decisions, from the top: each among the actions that those above left (VW's ccb).
 * @param reader of slots. @param whole the line's object. @param input its values, as of one decision: with what all slots share, and all actions.
 */
export function slotEntries(
  reader: JsonReader,
  line: string,
  whole: JsonObject,
  input: () => FeaturizerInput,
): FileEntry[] {
  if (isSlates(whole))
    throw new FileKindError(
      "it is a log of slates, of which each slot has actions of its own, which is not read: only logs of slots that are filled from one list are (ccb)",
    );
  const { head, actions, slots, learn } = reader.readDecision(line);
  if (slots.length > actions.length)
    throw new InputError(`${slots.length} slots cannot be filled with ${actions.length} actions`);
  const id = typeof whole.EventId === "string" ? whole.EventId : null;
  const outcomes = Array.isArray(whole._outcomes) ? (whole._outcomes as JsonObject[]) : [];
  const described = slotsOf(whole);
  const left = new Set(actions.keys());
  return slots.map((slot, i): FileEntry => {
    const { outcome, included } = slot.slot!;
    const places = [...left].filter((place) => included.length === 0 || included.includes(place));
    const { _a: ranking, _p: ranked } = outcomes[i] ?? {};
    const first = Array.isArray(ranking) ? ranking[0] : null;
    const chosen = places.indexOf(outcome?.action ?? first);
    const at = `slot ${i + 1}`;
    if (outcome !== null && chosen < 0)
      throw new InputError(
        `${at}: action ${outcome.action} (from 0) was not there to be chosen, or had been taken by a slot above`,
      );
    const probabilities = probabilitiesIn(ranking, ranked, places, at);
    const propensity = outcome && propensityOf(outcome.probability, places.length);
    if (chosen >= 0) left.delete(places[chosen]!);
    return {
      // The first stands for all of them: they come in one line.
      id: i === 0 ? id : null,
      outcome:
        outcome !== null && learn
          ? {
              chosen,
              propensity: probabilities?.[chosen] || propensity!,
              reward: -outcome.cost || 0,
              importance: head.importance,
            }
          : null,
      probabilities,
      count: places.length,
      list: { slot: i, of: slots.length },
      shared: together(head, slot, i),
      actions: places.map((place) => actions[place]!),
      values: () => {
        const values = input();
        return {
          ...values,
          context: { ...values.context, ...described[i] },
          actions: places.map((place) => values.actions[place]!),
        };
      },
    };
  });
}

function isSlates({ c }: JsonObject): boolean {
  const actions = (c as JsonObject | undefined)?._multi;
  return Array.isArray(actions) && actions.some((action: JsonObject) => action?._slot_id !== undefined);
}

/** What all slots share, what the slot has, and which it is. */
function together(shared: Example, slot: Example, position: number): Example {
  const context = new Example();
  const append = (from: Example, nameOf: (name: number) => number) => {
    for (const name of from.slots) {
      const { indices, values, length } = from.features(name)!;
      for (let i = 0; i < length; i++) context.add(nameOf(name), indices[i]!, values[i]!);
    }
  };
  append(shared, (name) => name);
  append(slot, (name) => (name === DEFAULT_SLOT ? SLOT_FEATURES : name));
  context.add(SLOT_ID, hashOf(STRINGS, `index${position}`, hashOf(STRINGS, "_id", STRINGS.seed)), 1);
  return context;
}

/** What the slots are described by, without what begins with `_`. */
function slotsOf({ c }: JsonObject): FeaturizerInput["context"][] {
  const slots = (c as JsonObject | undefined)?._slots;
  if (!Array.isArray(slots)) return [];
  return slots.map(
    (slot: JsonObject, i) =>
      ({
        slot: i,
        ...propertiesOf(slot),
      }) as FeaturizerInput["context"],
  );
}
