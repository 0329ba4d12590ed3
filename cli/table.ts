/** Rows of text as columns of equal width. */
export function columns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A time for people, to the second, UTC. */
export const time = (at: number): string => new Date(at).toISOString().replace("T", " ").slice(0, 19);
