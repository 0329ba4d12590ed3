import type { DecisionRecord } from "../../../shared/contract/record.ts";
import { askEdge } from "./edge.ts";

/** A row of the log as GET /v1/log hands it out. */
export type LogRow = {
  kind: "decision" | "feedback" | "activation";
  id: string;
  model: string | null;
  /** Of a decision; else null. */
  record: DecisionRecord | null;
  value: number | null;
  final: boolean | null;
};

type End = { next: number; newest: number; partitions: number };

/** What the edge has taken, of one model or of all: all partitions one after the other. */
export async function logRows({ model }: { model?: string } = {}): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  for (let partition = 0, partitions = 1; partition < partitions; partition++)
    for (let after = 0, newest = 1; after < newest; ) {
      const query = new URLSearchParams({ partition: String(partition), after: String(after) });
      if (model !== undefined) query.set("model", model);
      const lines = (await askEdge<string>({ method: "GET", path: `/v1/log?${query}` })).trimEnd().split("\n");
      const end = JSON.parse(lines.pop()!) as End;
      for (const line of lines) {
        const row = JSON.parse(line) as Omit<LogRow, "record"> & { record: string | null };
        rows.push({ ...row, record: row.record === null ? null : JSON.parse(row.record) });
      }
      ({ next: after, newest, partitions } = end);
    }
  return rows;
}
