import { RECORD_FORMAT } from "../../../shared/contract/format.ts";
import { isFor } from "../../intake/caller.ts";
import { askPartition } from "../../intake/partition-calls.ts";
import { fieldProblem } from "../../intake/problem.ts";
import { partitionNames } from "../../log/messages.ts";
import { logRoute } from "../api/log.ts";
import { gzipped, gzipResponse, takesGzip } from "../gzip-response.ts";
import { router } from "../router.ts";

/**
 * The door of the log: its rows as they are, a line each, and last a line that says where to go on. Whoever does not find that last line has not got
 * all of the answer.
 */
export const log = router().openapi(logRoute, async (c) => {
  const { partition, after, limit, model } = c.req.valid("query");
  const caller = c.get("caller");
  if (model === undefined ? caller.models !== null : !isFor(caller, model))
    throw fieldProblem(403, "query.model", "must be a model that the key is for");
  const names = partitionNames(c.env.PARTITIONS);
  if (!names.includes(partition)) throw fieldProblem(404, "query.partition", `must be one of ${names.join(", ")}`);
  const asked = { after, limit, model: model ?? null, own: caller.models !== null };
  const page = await askPartition(c.env, partition, (stub) => stub.page(asked));
  const { rows, ...end } = page;
  const lines = [...rows.map((row) => ({ format: RECORD_FORMAT, ...row })), { ...end, partitions: names.length }];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
  c.header("vary", "origin, accept-encoding");
  // To the types of the routes application/x-ndjson is nothing that can be answered.
  if (!takesGzip(c)) return c.body(text, 200, headers) as never;
  return gzipResponse(c, gzipped(new Blob([text]).stream()), headers) as never;
});
