import type { Directory } from "../../shared/contract/directory.ts";
import type { BatchResponse, List } from "../../shared/contract/envelope.ts";
import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import type { Append, Appended } from "../log/messages.ts";
import { partitionOf } from "../log/route.ts";
import { ITEMS } from "../observe/families.ts";
import { counts } from "../observe/isolate-reports.ts";
import type { Carrier } from "../observe/span.ts";
import { NamedActions, SentLists } from "./action-lists.ts";
import { ownItems } from "./belonging.ts";
import { type Caller, isFor, isTrusted } from "./caller.ts";
import { checkClaims } from "./check-claims.ts";
import { MAX_TRACED_ITEMS } from "./limits.ts";
import { LoggedProperties } from "./logged-properties.ts";
import { appendTo } from "./partition-calls.ts";
import { UnavailableError } from "./problem.ts";
import { currentDirectory, newestForUnknown } from "./served-models.ts";
import {
  activationItem,
  binaryModels,
  type Clocks,
  decisionItem,
  feedbackItem,
  type Item,
  isUsable,
  type Lists,
  withoutActions,
  withVerdicts,
} from "./sort.ts";

type Told = BatchResponse["unread"][number];
/** What became of an item. `wanted`: the list of actions that it is to come again with. */
export type Outcome = "accepted" | "duplicate" | { rejected: Told } | { unread: Told; wanted?: string };

/** Items that came together, and how they are to be taken. */
export type Incoming = {
  lists: Lists;
  /** Lists of actions that came along, by their hashes. */
  actionLists?: Readonly<Record<string, unknown>>;
  caller: Caller;
  /** The clocks of an item, by its place. */
  clocks: (list: List, index: number) => Clocks;
  /** Whether what cannot be used becomes a dead letter. */
  keep: boolean;
  /** The sampled trace that they came with, which goes along with the first of them; null: none. */
  trace: Carrier | null;
  /** Counts what is of the sender's own, by ids. @returns after how many seconds those sessions may come again of which it is too much. */
  countSessions?: (ids: readonly string[]) => ReadonlyMap<string, number>;
};

/**
 * Takes items that came together: sorts them by schema, lets nobody speak of what is not his, checks what pages claim, and has each partition
 * append its own in one transaction.
 * @returns what became of each, in no order.
 * @throws UnavailableError when no partition could take any of it.
 */
export async function takeItems(env: Env, background: Background, incoming: Incoming): Promise<TakenItem[]> {
  const { actionLists = {}, caller, clocks, keep, trace, countSessions } = incoming;
  const { feedback, activations } = incoming.lists;
  const actions = new NamedActions(await SentLists.of(actionLists), caller);
  const filled = incoming.lists.decisions.map((value) => actions.fill(value));
  const decisions = filled.map((one, i) => ("value" in one ? one.value : incoming.lists.decisions[i]));
  const lists = { ...incoming.lists, decisions };
  const known = await currentDirectory(env, background);
  // What another isolate decided by a model that this one has not heard of must not be refused for good.
  const newest = decisions.some((value) => isOfUnknown(value, known, caller)) ? await newestForUnknown(env) : known;
  const directory = newest ?? known;
  const looked = { ...directory, isNewest: newest !== null };
  const reads = await LoggedProperties.of(env, directory, decisions.map(modelOf));
  const sorted = [
    ...filled.map((one, i) =>
      "value" in one
        ? decisionItem(one.value, i, clocks("decisions", i), looked, { reads, caller })
        : withoutActions(decisions[i], i, one),
    ),
    ...feedback.map((value, i) => feedbackItem(value, i, clocks("feedback", i))),
    ...activations.map((value, i) => activationItem(value, i, clocks("activations", i))),
  ];
  const belonging = await ownItems(env, background, sorted, lists, caller);
  const own = countSessions ? withinRates(belonging, countSessions) : belonging;
  const items = await withVerdicts(own, (claims) => checkClaims(env, background, directory, claims));
  const rest = { binary: binaryModels(directory), models: caller.models, trusted: isTrusted(caller), keep, trace };
  const groups = Map.groupBy(items, ({ id }) => partitionOf(id ?? "", Number(env.PARTITIONS)));
  const answers = await Promise.all(
    [...groups].map(async ([partition, group]) => {
      try {
        return { group, outcomes: outcomes(group, await append(env, partition, group, rest)) };
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        return { group, outcomes: outcomes(putOff(group, error), NONE), error };
      }
    }),
  );
  // What one partition cannot take holds up nothing of the others. When none can, there is nothing to acknowledge.
  const [first, ...others] = answers;
  if (first?.error && others.every(({ error }) => error)) throw first.error;
  const taken = answers.flatMap(({ group, outcomes }) =>
    group.map(({ list, index }, i) => ({ list, index, outcome: outcomes[i]! })),
  );
  for (const { list, index, outcome } of taken) {
    const one = list === "decisions" && typeof outcome === "string" ? filled[index]! : null;
    if (one && "list" in one && one.list) SentLists.logged(modelOf(one.value)!, one.list);
  }
  return taken;
}

/** An item by its place, and what became of it. */
export type TakenItem = { list: List; index: number; outcome: Outcome };

/** The model of a decision, which may be anything; null: it names none. */
const modelOf = (value: unknown): string | null =>
  typeof value === "object" && value !== null && "model" in value ? String(value.model) : null;

/** Whether a decision, which may be anything, is of a model that is not in a directory, and that its sender may speak for. */
function isOfUnknown(value: unknown, { models }: Directory, caller: Caller): boolean {
  const model = modelOf(value);
  return model !== null && !Object.hasOwn(models, model) && isFor(caller, model);
}

const NONE: Appended = { decisions: [], feedback: [], activations: [] };

/** One call a partition: what it takes, it takes in one transaction. */
function append(
  env: Env,
  partition: string,
  items: Item[],
  { keep, trace, ...rest }: Pick<Append, "binary" | "models" | "trusted"> & Pick<Incoming, "keep" | "trace">,
): Promise<Appended> | Appended {
  const batch = {
    ...rest,
    decisions: items.flatMap((item) => ("decision" in item ? [item.decision] : [])),
    feedback: items.flatMap((item) => ("feedback" in item ? [item.feedback] : [])),
    activations: items.flatMap((item) => ("activation" in item ? [item.activation] : [])),
    unusable: items.flatMap((item) => (keep && "unusable" in item ? [item.unusable] : [])),
    keepRejected: keep,
    waiting: [...new Set(items.flatMap((item) => (isWaiting(item) ? [sessionOf(item.id!)] : [])))],
  };
  // What is to come again, or not the sender's, is not for the log.
  if (batch.waiting.length === 0 && items.every((item) => "unread" in item || "refused" in item)) return NONE;
  return appendTo(env, partition, trace, (stub, along) => stub.append(along ? traced(batch, along) : batch));
}

/** A batch of which some items take a trace along. */
function traced(batch: Append, trace: Carrier): Append {
  const some = <T>(items: T[]): T[] => items.map((item, i) => (i < MAX_TRACED_ITEMS ? { ...item, trace } : item));
  const { decisions, feedback, activations } = batch;
  return { ...batch, decisions: some(decisions), feedback: some(feedback), activations: some(activations) };
}

/** Items of which too many came of their sessions are to come again. */
function withinRates(items: Item[], countSessions: NonNullable<Incoming["countSessions"]>): Item[] {
  const waits = countSessions(items.filter(isUsable).map(({ id }) => id));
  if (waits.size === 0) return items;
  return items.map((item) => {
    const retryAfter = isUsable(item) ? waits.get(sessionOf(item.id)) : undefined;
    const { list, index, id } = item;
    return retryAfter === undefined
      ? item
      : { list, index, id, unread: "is of a session of which too much comes", retryAfter };
  });
}

/** Items that a partition cannot take now, but for those that were not to be taken anyhow. */
const putOff = (items: Item[], { message, retryAfter }: UnavailableError): Item[] =>
  items.map((item) =>
    "refused" in item || "unread" in item
      ? item
      : { list: item.list, index: item.index, id: item.id, unread: message, retryAfter },
  );

/** Whether an item is a decision that will come again soon: what its session decided after it may come before it. */
const isWaiting = (item: Item): boolean =>
  "unread" in item && item.list === "decisions" && item.retryAfter !== undefined;

function outcomes(items: Item[], appended: Appended): Outcome[] {
  const results = {
    decisions: appended.decisions.values(),
    feedback: appended.feedback.values(),
    activations: appended.activations.values(),
  };
  return items.map((item) => {
    const { list, index, id } = item;
    const became = (outcome: string): void => counts.add(ITEMS, [list, outcome]);
    if ("unusable" in item) {
      became(item.quarantined ? "quarantined" : "invalid");
      return { rejected: { list, index, id, problem: item.unusable.reason } };
    }
    if ("refused" in item) {
      became("forbidden");
      return { rejected: { list, index, id, problem: item.refused } };
    }
    if ("unread" in item) {
      became("unread");
      const { unread: problem, retryAfter, wanted } = item;
      const unread = { list, index, id, problem, ...(retryAfter !== undefined && { retryAfter }) };
      return { unread, ...(wanted !== undefined && { wanted }) };
    }
    const outcome = results[list].next().value!;
    became(outcome.status);
    if (outcome.status === "later") {
      const { problem, retryAfter } = outcome;
      return { unread: { list, index, id, problem, retryAfter } };
    }
    return "problem" in outcome ? { rejected: { list, index, id, problem: outcome.problem } } : outcome.status;
  });
}
