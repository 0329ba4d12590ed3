import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type LogRow = { kind: "decision" | "feedback"; id: string; model: string | null; value: number | null };

/** Every row of every partition's log, read from the files that a server keeps. */
export function readLogs(stateDir: string): LogRow[] {
  const files = globSync("do/*Partition*/*.sqlite", { cwd: stateDir }).filter(
    (file) => !file.endsWith("metadata.sqlite"),
  );
  if (files.length === 0) throw new Error(`no partitions in ${stateDir}`);
  return files.flatMap((file) => {
    const database = new DatabaseSync(join(stateDir, file), { readOnly: true });
    try {
      return database.prepare("SELECT kind, id, model, value FROM log ORDER BY offset").all() as unknown as LogRow[];
    } finally {
      database.close();
    }
  });
}

/** How often each decision id occurs among rows of one kind. */
export function countById(rows: readonly LogRow[], kind: LogRow["kind"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) if (row.kind === kind) counts.set(row.id, (counts.get(row.id) ?? 0) + 1);
  return counts;
}
