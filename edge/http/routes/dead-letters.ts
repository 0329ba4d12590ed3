import type { List } from "../../../shared/contract/envelope.ts";
import type { Caller } from "../../intake/caller.ts";
import { askPartition } from "../../intake/partition-calls.ts";
import { fieldProblem } from "../../intake/problem.ts";
import { type Incoming, type TakenItem, takeItems } from "../../intake/take-items.ts";
import { type DeadLetter, partitionNames } from "../../log/messages.ts";
import { deadLettersRoute, type Redriven, redriveRoute } from "../api/dead-letters.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { router } from "../router.ts";

export const deadLetters = router()
  .openapi(deadLettersRoute, async (c) => {
    const { partition, after, limit, reason = null } = c.req.valid("query");
    const partitions = requirePartition(c.env.PARTITIONS, partition, "query.partition");
    const page = await askPartition(c.env, partition, (stub) => stub.letters({ after, limit, reason }));
    return c.json({ ...page, partitions }, 200, { "cache-control": "no-store" });
  })
  .openapi({ ...redriveRoute, middleware: jsonBody() }, async (c) => {
    const { partition, numbers } = c.req.valid("json");
    requirePartition(c.env.PARTITIONS, partition, "body.partition");
    const redriven: Redriven = { taken: [], left: [] };
    for (let rest = numbers; rest.length > 0; ) {
      const asked = rest;
      const found = await askPartition(c.env, partition, (stub) => stub.lettersNumbered(asked));
      rest = found.rest;
      const gone = asked.filter((n) => !rest.includes(n) && !found.letters.some(({ number }) => number === n));
      redriven.left.push(...gone.map((number) => ({ number, problem: "there is no such letter, or no more" })));
      for (const letters of Map.groupBy(found.letters, ({ sender }) => JSON.stringify(sender)).values()) {
        const caller = senderOf(letters[0]!, c.get("caller"));
        const { taken, left } = await redrive(letters, (incoming) =>
          takeItems(c.env, c.executionCtx, { ...incoming, caller, trace: c.get("span").carrier }),
        );
        await askPartition(c.env, partition, (stub) => stub.removeLetters(taken));
        redriven.taken.push(...taken);
        redriven.left.push(...left);
      }
    }
    const taken = redriven.taken.sort((a, b) => a - b);
    return c.json({ taken, left: redriven.left.sort((a, b) => a.number - b.number) }, 200);
  });

/** Whoever sent a letter, who has no more rights for it when an operator drives it again: what strangers say stays theirs. */
const senderOf = ({ sender: { trusted, models } }: DeadLetter, operator: Caller): Caller => ({
  ...operator,
  ...{ kind: trusted ? "secret" : "publishable", models },
});

/** Takes letters as if they came now. @returns the numbers of those that were taken, and of the others why they were not. */
async function redrive(
  letters: readonly DeadLetter[],
  take: (incoming: Pick<Incoming, "lists" | "clocks" | "keep">) => Promise<TakenItem[]>,
): Promise<Redriven> {
  const left: Redriven["left"] = letters
    .filter(({ whole }) => !whole)
    .map(({ number }) => ({ number, problem: "only the beginning of it was kept" }));
  const whole = letters.filter((letter) => letter.whole);
  const lists = {
    decisions: whole.filter(({ list }) => list === "decisions"),
    feedback: whole.filter(({ list }) => list === "feedback"),
    activations: whole.filter(({ list }) => list === "activations"),
  };
  const values = (list: List): unknown[] => lists[list].map(({ body }) => JSON.parse(body));
  const items = await take({
    lists: { decisions: values("decisions"), feedback: values("feedback"), activations: values("activations") },
    // By the page's clock when it came: when that was sent nobody knows any more.
    clocks: (list, index) => {
      const { receivedAt } = lists[list][index]!;
      return { sentAt: receivedAt, receivedAt };
    },
    keep: false,
  });
  const taken: number[] = [];
  for (const { list, index, outcome } of items) {
    const { number } = lists[list][index]!;
    if (typeof outcome === "string") taken.push(number);
    else left.push({ number, problem: ("rejected" in outcome ? outcome.rejected : outcome.unread).problem });
  }
  return { taken, left };
}

/** @returns how many partitions there are. @throws ProblemError 404 when there is none of this name. */
function requirePartition(setting: string, partition: string, field: string): number {
  const names = partitionNames(setting);
  if (!names.includes(partition)) throw fieldProblem(404, field, `must be one of ${names.join(", ")}`);
  return names.length;
}
