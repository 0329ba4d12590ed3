import { EdgeCalls } from "../cli/edge-calls.ts";
import { logPages, partitionCount } from "../cli/log/log-pages.ts";
import type { LogRow } from "../shared/contract/log-page.ts";

/** Every row of every partition's log, as the edge hands it out. */
export async function readLogs(url: string): Promise<LogRow[]> {
  const edge = new EdgeCalls(url);
  const rows: LogRow[] = [];
  for (let partition = 0, partitions = await partitionCount(edge, null); partition < partitions; partition++)
    for await (const page of logPages(edge, partition, null)) rows.push(...page.rows);
  return rows;
}

/** How often each decision id occurs among rows of one kind. */
export function countById(rows: readonly LogRow[], kind: LogRow["kind"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) if (row.kind === kind) counts.set(row.id, (counts.get(row.id) ?? 0) + 1);
  return counts;
}
