import type { Directory } from "../../../shared/contract/directory.ts";
import type { BatchResponse } from "../../../shared/contract/envelope.ts";
import { ENVELOPE_FORMAT, UnreadFormatError } from "../../../shared/contract/format.ts";
import type { Env } from "../../env.ts";
import { ownItems } from "../../intake/belonging.ts";
import { checkClaims } from "../../intake/check-claims.ts";
import { askPartition } from "../../intake/partition-calls.ts";
import { UnavailableError } from "../../intake/problem.ts";
import { currentDirectory, newestDirectory } from "../../intake/served-models.ts";
import { sessionOf } from "../../intake/session-id.ts";
import {
  activationItem,
  binaryModels,
  decisionItem,
  feedbackItem,
  type Item,
  unreadItems,
  withVerdicts,
} from "../../intake/sort.ts";
import type { Append, Appended } from "../../log/messages.ts";
import { partitionOf } from "../../log/route.ts";
import { batchRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { countSessions } from "../middleware/rates.ts";
import { router } from "../router.ts";

export const batch = router().openapi(
  { ...batchRoute, middleware: jsonBody(["body.decisions", "body.feedback", "body.activations"]) },
  async (c) => {
    const { format, sentAt, ...lists } = c.req.valid("json");
    const { decisions, feedback, activations } = lists;
    // What a newer envelope says of its items is not known here, so none of them is taken.
    if (format > ENVELOPE_FORMAT) {
      const { message } = new UnreadFormatError("batch", format, ENVELOPE_FORMAT);
      return c.json(summary(outcomes(unreadItems(lists, message), NONE)), 200);
    }
    const caller = c.get("caller");
    const known = await currentDirectory(c.env, c.executionCtx);
    // What another isolate decided by a model that this one has not heard of must not be refused for good.
    const directory = decisions.some((value) => isOfUnknown(value, known)) ? await newestDirectory(c.env) : known;
    const clocks = { sentAt, receivedAt: Date.now() };
    const sorted = [
      ...decisions.map((value, index) => decisionItem(value, index, clocks, directory, caller)),
      ...feedback.map((value, index) => feedbackItem(value, index, clocks)),
      ...activations.map((value, index) => activationItem(value, index, clocks)),
    ];
    countSessions(sorted.map(({ id }) => id));
    const own = await ownItems(c.env, c.executionCtx, sorted, lists, caller);
    const items = await withVerdicts(own, (claims) => checkClaims(c.env, c.executionCtx, directory, claims));
    const binary = binaryModels(directory);
    const groups = Map.groupBy(items, ({ id }) => partitionOf(id ?? "", Number(c.env.PARTITIONS)));
    const answers = await Promise.all(
      [...groups].map(async ([partition, group]) => {
        try {
          const appended = await append(c.env, partition, group, { binary, models: caller.models });
          return { outcomes: outcomes(group, appended) };
        } catch (error) {
          if (!(error instanceof UnavailableError)) throw error;
          return { outcomes: outcomes(putOff(group, error), NONE), error };
        }
      }),
    );
    // What one partition cannot take holds up nothing of the others. When none can, there is nothing to acknowledge.
    const [first, ...others] = answers;
    if (first?.error && others.every(({ error }) => error)) throw first.error;
    return c.json(summary(answers.flatMap(({ outcomes }) => outcomes)), 200);
  },
);

/** Whether a decision, which may be anything, is of a model that is not in a directory. */
const isOfUnknown = (value: unknown, { models }: Directory): boolean =>
  typeof value === "object" && value !== null && "model" in value && !Object.hasOwn(models, String(value.model));

const NONE: Appended = { decisions: [], feedback: [], activations: [] };

/** One call a partition: what it takes, it takes in one transaction. */
function append(
  env: Env,
  partition: string,
  items: Item[],
  rest: Pick<Append, "binary" | "models">,
): Promise<Appended> | Appended {
  const batch = {
    ...rest,
    decisions: items.flatMap((item) => ("decision" in item ? [item.decision] : [])),
    feedback: items.flatMap((item) => ("feedback" in item ? [item.feedback] : [])),
    activations: items.flatMap((item) => ("activation" in item ? [item.activation] : [])),
    unusable: items.flatMap((item) => ("unusable" in item ? [item.unusable] : [])),
    keepRejected: true,
    waiting: [...new Set(items.flatMap((item) => (isWaiting(item) ? [sessionOf(item.id!)] : [])))],
  };
  // What is to come again, or not the sender's, is not for the log.
  if (batch.waiting.length === 0 && items.every((item) => "unread" in item || "refused" in item)) return NONE;
  return askPartition(env, partition, (stub) => stub.append(batch));
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

type Told = BatchResponse["unread"][number];
type Outcome = "accepted" | "duplicate" | { rejected: Told } | { unread: Told };

function outcomes(items: Item[], appended: Appended): Outcome[] {
  const results = {
    decisions: appended.decisions.values(),
    feedback: appended.feedback.values(),
    activations: appended.activations.values(),
  };
  return items.map((item) => {
    const { list, index, id } = item;
    if ("unusable" in item) return { rejected: { list, index, id, problem: item.unusable.reason } };
    if ("refused" in item) return { rejected: { list, index, id, problem: item.refused } };
    if ("unread" in item) {
      const { unread: problem, retryAfter } = item;
      return { unread: { list, index, id, problem, ...(retryAfter !== undefined && { retryAfter }) } };
    }
    const outcome = results[list].next().value!;
    if (outcome.status === "later") {
      const { problem, retryAfter } = outcome;
      return { unread: { list, index, id, problem, retryAfter } };
    }
    return "problem" in outcome ? { rejected: { list, index, id, problem: outcome.problem } } : outcome.status;
  });
}

function summary(outcomes: Outcome[]): BatchResponse {
  const count = (status: Outcome) => outcomes.filter((outcome) => outcome === status).length;
  const told = (items: Told[]) => items.sort((a, b) => a.list.localeCompare(b.list) || a.index - b.index);
  return {
    accepted: count("accepted"),
    duplicates: count("duplicate"),
    rejected: told(outcomes.flatMap((o) => (typeof o === "object" && "rejected" in o ? [o.rejected] : []))),
    unread: told(outcomes.flatMap((o) => (typeof o === "object" && "unread" in o ? [o.unread] : []))),
  };
}
