import type { BatchResponse } from "../../../shared/contract/envelope.ts";
import type { Env } from "../../env.ts";
import { decisionItem, feedbackItem, type Item } from "../../intake/sort.ts";
import type { Appended } from "../../log/messages.ts";
import { partitionOf } from "../../log/route.ts";
import { batchRoute } from "../api/decisions.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const batch = router().openapi(
  { ...batchRoute, middleware: jsonBody(["body.decisions", "body.feedback"]) },
  async (c) => {
    const { sentAt, decisions, feedback } = c.req.valid("json");
    const clocks = { sentAt, receivedAt: Date.now() };
    const items = [
      ...decisions.map((value, index) => decisionItem(value, index, clocks)),
      ...feedback.map((value, index) => feedbackItem(value, index, clocks)),
    ];
    const groups = Map.groupBy(items, ({ id }) => partitionOf(id ?? "", Number(c.env.PARTITIONS)));
    const answers = await Promise.all(
      [...groups].map(async ([partition, group]) =>
        outcomes(group, await append(c.env, partition, group, clocks.receivedAt)),
      ),
    );
    return c.json(summary(answers.flat()), 200);
  },
);

/** One call a partition: what it takes, it takes in one transaction. */
function append(env: Env, partition: string, items: Item[], receivedAt: number): Promise<Appended> {
  return env.PARTITION.getByName(partition).append({
    receivedAt,
    decisions: items.flatMap((item) => ("decision" in item ? [item.decision] : [])),
    feedback: items.flatMap((item) => ("feedback" in item ? [item.feedback] : [])),
    unusable: items.flatMap((item) => ("unusable" in item ? [item.unusable] : [])),
    keepRejected: true,
  });
}

type Outcome = "accepted" | "duplicate" | BatchResponse["rejected"][number];

function outcomes(items: Item[], appended: Appended): Outcome[] {
  const decisions = appended.decisions.values();
  const feedback = appended.feedback.values();
  return items.map((item) => {
    const { list, index, id } = item;
    if ("unusable" in item) return { list, index, id, problem: item.unusable.reason };
    const outcome = ("decision" in item ? decisions : feedback).next().value!;
    return "problem" in outcome ? { list, index, id, problem: outcome.problem } : outcome.status;
  });
}

function summary(outcomes: Outcome[]): BatchResponse {
  return {
    accepted: outcomes.filter((outcome) => outcome === "accepted").length,
    duplicates: outcomes.filter((outcome) => outcome === "duplicate").length,
    rejected: outcomes
      .filter((outcome) => typeof outcome === "object")
      .sort((a, b) => a.list.localeCompare(b.list) || a.index - b.index),
  };
}
