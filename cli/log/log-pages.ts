import { z } from "zod";
import { type LogPageEnd, type LogRow, logPageEnd, logRow } from "../../shared/contract/log-page.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";

export type LogPage = { rows: LogRow[] } & LogPageEnd;

/** Most rows that are asked for at once: a decision among 30 actions has 8 kB. */
const LIMIT = 1000;

/** How many partitions the log of an edge has; their names are 0, 1, ... @param model that is asked for: the caller's key may be for no other. */
export async function partitionCount(edge: EdgeCalls, model: string | null): Promise<number> {
  // The door of the log says it, whatever of the rest of the edge is out of order.
  const query = new URLSearchParams({ partition: "0", after: "0", limit: "1", ...(model !== null && { model }) });
  const text = await edge.text("GET", `/v1/log?${query}`);
  try {
    return z.object({ partitions: z.number().int().min(1) }).parse(JSON.parse(text.trimEnd().split("\n").pop()!))
      .partitions;
  } catch (error) {
    throw new UsageError(`The log of partition 0 of ${edge.name} cannot be read: ${(error as Error).message}`);
  }
}

/**
 * The log of a partition from its beginning, page by page, until nothing is left.
 * @param model null: of all models. Of one: also feedback and activations that came before their decision, whosever it is.
 * @throws UsageError when an answer is none, or the partition began another log meanwhile.
 */
export async function* logPages(edge: EdgeCalls, partition: number, model: string | null): AsyncGenerator<LogPage> {
  let log: string | null = null;
  for (let after = 0; ; ) {
    const query = new URLSearchParams({ partition: String(partition), after: String(after), limit: String(LIMIT) });
    if (model !== null) query.set("model", model);
    const page = read(await edge.text("GET", `/v1/log?${query}`), `partition ${partition} of ${edge.name}`);
    log ??= page.log;
    if (page.log !== log)
      throw new UsageError(`Partition ${partition} of ${edge.name} has lost its log and begun another. Try again.`);
    yield page;
    if (page.next >= page.newest) return;
    if (page.next <= after) throw new UsageError(`The log of partition ${partition} of ${edge.name} does not go on.`);
    after = page.next;
  }
}

function read(text: string, whose: string): LogPage {
  const lines = text.trimEnd().split("\n");
  try {
    const end = logPageEnd.parse(JSON.parse(lines.pop()!));
    return { rows: lines.map((line) => logRow.parse(JSON.parse(line))), ...end };
  } catch (error) {
    throw new UsageError(`The log of ${whose} cannot be read: ${(error as Error).message}`);
  }
}
