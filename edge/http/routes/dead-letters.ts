import type { List } from "../../../shared/contract/envelope.ts";
import { askPartition } from "../../intake/partition-calls.ts";
import { fieldProblem } from "../../intake/problem.ts";
import { takeItems } from "../../intake/take-items.ts";
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
    const letters = await askPartition(c.env, partition, (stub) => stub.lettersNumbered(numbers));
    const left: Redriven["left"] = numbers
      .filter((number) => !letters.some((letter) => letter.number === number))
      .map((number) => ({ number, problem: "there is no such letter, or no more" }));
    const lists: Record<List, { letter: DeadLetter; value: unknown }[]> = {
      decisions: [],
      feedback: [],
      activations: [],
    };
    for (const letter of letters)
      if (letter.whole) lists[letter.list].push({ letter, value: JSON.parse(letter.body) });
      else left.push({ number: letter.number, problem: "only the beginning of it was kept" });
    const values = {
      decisions: lists.decisions.map(({ value }) => value),
      feedback: lists.feedback.map(({ value }) => value),
      activations: lists.activations.map(({ value }) => value),
    };
    // By the page's clock when it came: when that was sent nobody knows any more.
    const clocks = (list: List, index: number) => {
      const { receivedAt } = lists[list][index]!.letter;
      return { sentAt: receivedAt, receivedAt };
    };
    const items = await takeItems(c.env, c.executionCtx, {
      lists: values,
      caller: c.get("caller"),
      clocks,
      keep: false,
      trace: c.get("span").carrier,
    });
    const taken: number[] = [];
    for (const { list, index, outcome } of items) {
      const { number } = lists[list][index]!.letter;
      if (typeof outcome === "string") taken.push(number);
      else left.push({ number, problem: ("rejected" in outcome ? outcome.rejected : outcome.unread).problem });
    }
    await askPartition(c.env, partition, (stub) => stub.removeLetters(taken));
    return c.json({ taken: taken.sort((a, b) => a - b), left: left.sort((a, b) => a.number - b.number) }, 200);
  });

/** @returns how many partitions there are. @throws ProblemError 404 when there is none of this name. */
function requirePartition(setting: string, partition: string, field: string): number {
  const names = partitionNames(setting);
  if (!names.includes(partition)) throw fieldProblem(404, field, `must be one of ${names.join(", ")}`);
  return names.length;
}
