import type { z } from "zod";
import type { Directory } from "../../shared/contract/directory.ts";
import type { List } from "../../shared/contract/envelope.ts";
import { FormatError, isNewer } from "../../shared/contract/format.ts";
import { upcast } from "../../shared/contract/read-record.ts";
import {
  activationRecord,
  type DecisionRecord,
  decisionRecord,
  feedbackRecord,
  type RankDecision,
} from "../../shared/contract/record.ts";
import { MAX_RECORD_BYTES } from "../log/limits.ts";
import type { IncomingActivation, IncomingDecision, IncomingFeedback, Unusable } from "../log/messages.ts";
import { isTooLong } from "../log/record-size.ts";
import { type Caller, isFor } from "./caller.ts";
import type { Claim, Verdict } from "./check-claims.ts";
import { fieldErrors } from "./field-errors.ts";
import { jsonValueErrors } from "./json-value.ts";
import { CLAIM_RETRY } from "./limits.ts";
import type { LoggedProperties } from "./logged-properties.ts";
import type { FieldError } from "./problem.ts";

type Place<L extends List> = { list: L; index: number };

/** An item of a batch: what it is, where it stood, and what it became. */
export type Item =
  | (Place<"decisions"> & { id: string; decision: IncomingDecision; claim: DecisionRecord; brief?: Brief })
  | (Place<"feedback"> & { id: string; feedback: IncomingFeedback })
  | (Place<"activations"> & { id: string; activation: IncomingActivation })
  /** `quarantined`: whether it is a claim that does not agree. */
  | (Place<List> & { id: string | null; unusable: Unusable; quarantined?: true })
  /** Of a model that its sender's key is not for. */
  | (Place<"decisions"> & { id: string; refused: string })
  /**
   * Neither taken nor refused: to be sent again, after `retryAfter` seconds or, where it is of a format of a newer release, to that. `wanted`: with the list of actions
   * that it names.
   */
  | (Place<List> & { id: string | null; unread: string; retryAfter?: number; wanted?: string });

/** Whether an item can be taken, as far as it says itself. */
export const isUsable = (item: Item) => "claim" in item || "feedback" in item || "activation" in item;

/**
 * Of a record that came without what follows from the rest of it: the record as it is logged but for that, the propensity that its maker says, and the letter that it becomes
 * if it does not agree.
 */
type Brief = { record: RankDecision; propensity: number; letter: string };

/** The lists of a batch as they came. */
export type Lists = Readonly<Record<List, readonly unknown[]>>;

/** Clocks of a batch: `sentAt` the page's when it sent, `receivedAt` the edge's when it came. */
export type Clocks = { sentAt: number; receivedAt: number };

/** A page's time on the edge's clock. Nothing has happened later than it was received. */
export const onEdgeClock = (at: number, { sentAt, receivedAt }: Clocks): number =>
  Math.max(0, Math.min(at + receivedAt - sentAt, receivedAt));

/** Of a decision by a model that this isolate does not know, while it cannot ask whether there is one. */
const NOT_KNOWN = {
  unread: "it cannot be found out at the moment whether there is such a model",
  retryAfter: CLAIM_RETRY.trouble,
};

/**
 * Checks one decision of a batch by its schema and its model. It is stored as it came, with what this release does not know, but for properties
 * that no feature reads.
 * @param directory `isNewest`: whether there is no model but those that it has.
 */
export function decisionItem(
  came: unknown,
  index: number,
  clocks: Clocks,
  { models, isNewest }: Pick<Directory, "models"> & { isNewest: boolean },
  { reads, caller }: { reads: LoggedProperties; caller: Caller },
): Item {
  const list = "decisions";
  const { value, propensity } = isBrief(came) ? withRoom(came) : { value: came, propensity: null };
  return item(
    list,
    index,
    value,
    decisionRecord,
    (data) => {
      if (!isFor(caller, data.model))
        return { list, index, id: data.id, refused: "model is not one that the key is for" };
      const task = Object.hasOwn(models, data.model) ? models[data.model]!.task : null;
      if (!task && !isNewest) return { list, index, id: data.id, ...NOT_KNOWN };
      if (!task) return unusable(list, index, came, [{ field: "model", message: "is not a deployed model" }]);
      if (task.type !== data.task)
        return unusable(list, index, came, [{ field: "task", message: `must be ${task.type} for ${data.model}` }]);
      const { id, model, unit, at, deferred, computedBy } = data;
      // What the edge decides it logs itself.
      if (computedBy.place !== "browser")
        return unusable(list, index, came, [{ field: "computedBy.place", message: "must be browser in a batch" }]);
      const record = reads.only(value as DecisionRecord, data);
      const body = JSON.stringify(record);
      // Numbers such as 1e20 are longer when they are written again, so it is what is written that counts.
      if (isTooLong(body)) return unusable(list, index, came, TOO_LONG);
      const decision = { id, model, unit, claimedAt: at, at: onEdgeClock(at, clocks), deferred, body };
      if (propensity === null) return { list, index, id, decision, claim: data };
      const brief = { record: record as RankDecision, propensity, letter: JSON.stringify(came) };
      return { list, index, id, decision, claim: data, brief };
    },
    came,
  );
}

/** The same items, of which the decisions are as their claims came to. @param check gives a verdict for each claim, in their order. */
export async function withVerdicts(
  items: readonly Item[],
  check: (claims: Claim[]) => Promise<Verdict[]>,
): Promise<Item[]> {
  const claimed = items.filter((item) => "claim" in item);
  const verdicts = await check(
    claimed.map(({ claim, brief }) => ({ record: claim, propensity: brief?.propensity ?? null })),
  );
  const become = new Map<Item, Item>(claimed.map((item, i) => [item, judged(item, verdicts[i]!)]));
  return items.map((item) => become.get(item) ?? item);
}

function judged(item: Extract<Item, { claim: DecisionRecord }>, verdict: Verdict): Item {
  if (verdict === null) return item;
  const { list, index, id, decision, brief } = item;
  if ("whole" in verdict) {
    const { scores, probabilities } = verdict.whole;
    const body = JSON.stringify({ ...brief!.record, scores, probabilities });
    if (isTooLong(body)) return unusable(list, index, JSON.parse(brief!.letter), TOO_LONG);
    return { ...item, decision: { ...decision, body } };
  }
  if ("later" in verdict) return { list, index, id, unread: verdict.later, retryAfter: verdict.retryAfter };
  const letter = { list, id, reason: verdict.refused, body: brief?.letter ?? decision.body };
  return { list, index, id, unusable: letter, quarantined: true };
}

/** Checks one feedback of a batch by its schema; whether its model can learn from it, the partition knows. */
export const feedbackItem = (value: unknown, index: number, clocks: Clocks): Item =>
  item("feedback", index, value, feedbackRecord, ({ id, value: given, at, final = false, format: _, ...more }) => {
    // Whoever sends batches knows the ids of a list's slots: it must not be taken for feedback of the first.
    if ("action" in more) return unusable("feedback", index, value, OF_LIST);
    return withMore("feedback", index, value, more, (body) => ({
      ...{ list: "feedback", index, id },
      feedback: { id, value: given, final, ...times(at, clocks), ...body },
    }));
  });

/** Checks one activation of a batch by its schema. */
export const activationItem = (value: unknown, index: number, clocks: Clocks): Item =>
  item("activations", index, value, activationRecord, ({ id, at, format: _, ...more }) =>
    withMore("activations", index, value, more, (body) => ({
      ...{ list: "activations", index, id },
      activation: { id, ...times(at, clocks), ...body },
    })),
  );

type BriefRecord = { version: number; actions: readonly unknown[]; chosen: unknown; propensity: number };

/** Whether it is a decision of a version without scores and probabilities, which follow from the rest, but for the propensity of what was chosen. */
const isBrief = (value: unknown): value is BriefRecord =>
  typeof value === "object" &&
  value !== null &&
  !("scores" in value || "probabilities" in value) &&
  "propensity" in value &&
  typeof value.propensity === "number" &&
  "actions" in value &&
  Array.isArray(value.actions) &&
  "version" in value &&
  value.version !== 0;

/** The record with room for what was left out, and what was said of it. */
function withRoom({ propensity, chosen, ...rest }: BriefRecord): { value: object; propensity: number } {
  const of = (value: (i: number) => number) => rest.actions.map((_, i) => value(i));
  return {
    value: { ...rest, scores: of(() => 0), probabilities: of((i) => Number(i === chosen)), chosen },
    propensity,
  };
}

/** A decision whose actions are not there: the list that it names is not the one that came, or it cannot be had now. */
export function withoutActions(
  value: unknown,
  index: number,
  why: { problem: string } | { later: string; retryAfter: number; wanted?: string },
): Item {
  const list = "decisions";
  if ("problem" in why) return unusable(list, index, value, [{ field: "actions", message: why.problem }]);
  const { later: unread, ...rest } = why;
  return { list, index, id: claimedId(value), unread, ...rest };
}

/** All items of a batch that is for a newer release. */
export const unreadItems = (lists: Lists, unread: string): Item[] =>
  (Object.keys(singular) as List[]).flatMap((list) =>
    lists[list].map((value, index) => ({ list, index, id: claimedId(value), unread })),
  );

/** Models whose label is 0 or 1. */
export const binaryModels = ({ models }: Directory): string[] =>
  Object.keys(models).filter((name) => {
    const { task } = models[name]!;
    return task.type === "predict" && task.label === "binary";
  });

/** When something happened: as its sender says, and on the edge's clock; when it was received, if it does not say. */
export const times = (at: number | undefined, clocks: Clocks): { claimedAt: number | null; at: number } => ({
  claimedAt: at ?? null,
  at: at === undefined ? clocks.receivedAt : onEdgeClock(at, clocks),
});

const OF_LIST: FieldError[] = [
  { field: "action", message: "is for POST /v1/decisions/{id}/feedback: in a batch give the id of the action's slot" },
];
const TOO_LONG: FieldError[] = [
  { field: "", message: `has more than the ${MAX_RECORD_BYTES} bytes that a record may have` },
];

/** An item that is kept whole, as it came, when it says more than this release knows. @param more the fields that it does not know. */
function withMore(
  list: List,
  index: number,
  value: unknown,
  more: object,
  make: (body: { body?: string }) => Item,
): Item {
  if (Object.keys(more).length === 0) return make({});
  const body = JSON.stringify(value);
  return isTooLong(body) ? unusable(list, index, value, TOO_LONG) : make({ body });
}

const singular = { decisions: "decision", feedback: "feedback", activations: "activation" } as const;

/** @param came what becomes a letter when the value cannot be used. */
function item<T>(
  list: List,
  index: number,
  value: unknown,
  schema: z.ZodType<T>,
  make: (data: T) => Item,
  came = value,
): Item {
  let record: unknown;
  try {
    record = upcast(value, singular[list]);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (isNewer(error)) return { list, index, id: claimedId(value), unread: error.message };
    return unusable(list, index, came, [{ field: "format", message: "must be a whole number from 1" }]);
  }
  const errors = jsonValueErrors("", value);
  if (errors.length > 0) return unusable(list, index, came, errors);
  const result = schema.safeParse(record);
  return result.success ? make(result.data) : unusable(list, index, came, fieldErrors("", result.error.issues));
}

/** An item that cannot be used, for these reasons. */
export function unusable(list: List, index: number, value: unknown, errors: FieldError[]): Item {
  const id = claimedId(value);
  const reason = errors
    .slice(0, 5)
    .map(({ field, message }) => `${field.replace(/^\./, "") || "the item"} ${message}`)
    .join("; ");
  return { list, index, id, unusable: { list, id, reason, body: JSON.stringify(value) } };
}

/** The id of an item that may be anything. */
function claimedId(value: unknown): string | null {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  return typeof id === "string" && id.isWellFormed() ? id.slice(0, 256) : null;
}
