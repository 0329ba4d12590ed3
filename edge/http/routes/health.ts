import { type HeardParts, hearParts } from "../../intake/hear-parts.ts";
import { HEALTH_PATIENCE, OUTAGE_PAUSE, PRESSED_HEALTH_PATIENCE } from "../../intake/limits.ts";
import { ProblemError, spread } from "../../intake/problem.ts";
import { isPressed } from "../../observe/pressure.ts";
import { healthRoute } from "../api/operations.ts";
import { isOperators } from "../middleware/caller.ts";
import { problemResponse } from "../middleware/problem-response.ts";
import { router } from "../router.ts";

/** Asks every part how it is, and says which has what problem: to operators by name, to whoever else asks only whether there is one. */
export const health = router().openapi(healthRoute, async (c) => {
  const [{ directory, keys, partitions, trainers, disk }, isOperator] = await Promise.all([
    hearParts(c.env, isPressed(Date.now()) ? PRESSED_HEALTH_PATIENCE : HEALTH_PATIENCE),
    isOperators(c),
  ]);
  const parts = [
    ...[directory, keys, ...partitions, ...trainers, ...(disk ? [disk] : [])],
    ...partitions.flatMap(lostFiles),
  ].map(({ part, problem }) => ({ part, problem }));
  const models = Object.keys(directory.value?.models ?? {}).sort();
  const known = { partitions: partitions.length, ...(isOperator && { models, parts }) };
  const failing = parts.filter(({ problem }) => problem !== null);
  if (failing.length === 0) return c.json({ status: "ok" as const, ...known }, 200, { "cache-control": "no-store" });
  const detail = isOperator
    ? failing.map(({ part, problem }) => `${part}: ${problem}`).join("; ")
    : `${failing.length} of ${parts.length} parts have a problem: ${
        keys.problem === null
          ? "whoever has a secret key for all models is told which"
          : "the keys cannot be read, so that nobody can be told which"
      }`;
  // To the types of the routes a problem with more members is none.
  return problemResponse(
    c,
    new ProblemError(503, detail, [], { "retry-after": String(spread(OUTAGE_PAUSE)) }),
    known,
  ) as never;
});

/** What of a partition's archive is lost, as a part of its own: all else of the partition goes on. */
function lostFiles({ part, value }: HeardParts["partitions"][number]): { part: string; problem: string }[] {
  const { files, named } = value?.archive.lost ?? { files: 0, named: [] };
  const others = files > named.length ? [`and ${files - named.length} more`] : [];
  return files === 0 ? [] : [{ part: `archive of ${part}`, problem: [...named, ...others].join(", ") }];
}
