import { parseArgs } from "node:util";
import type { Recovery } from "../../edge/http/api/recovery.ts";
import { oneArgument, UsageError } from "../command.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { keyHelp } from "../key-option.ts";
import { readTime } from "../registry/read-time.ts";

export const help = `edgewise recover PART --to TIME [options]
edgewise recover PART --bookmark BOOKMARK [options]

  Puts a part of an edge on Cloudflare back to what it was at a moment of the last 30 days, and says how to take that back. PART is "registry", or
  as /health names it, "partition 2" or "trainer MODEL@VERSION". What came since is gone from it; the others notice, and learn again what has to be.

  --to TIME            such as 2026-11-29T10:00:00Z
  --bookmark BOOKMARK  what a recovery before has printed
  --url URL            of the edge (${DEFAULT_URL})
${keyHelp}
`;

/** @throws UsageError naming what is wrong, or why it cannot be. */
export async function recoverCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { to: { type: "string" }, bookmark: { type: "string" }, url: { type: "string" } },
  });
  const part = oneArgument(positionals, 'one part, such as "partition 2"', help);
  const { to, bookmark } = values;
  if ((to === undefined) === (bookmark === undefined)) throw new UsageError(`Say --to or --bookmark.\n\n${help}`);
  const past = bookmark === undefined ? { at: readTime("--to", to!) } : { bookmark };
  const names = { "body.part": JSON.stringify(part), "body.at": "--to", "body.bookmark": "--bookmark" };
  const { undo } = await new EdgeCalls(values.url).post<Recovery>("/v1/recoveries", { part, ...past }, names);
  console.log(
    `${part} is put back. What it was until now: edgewise recover ${JSON.stringify(part)} --bookmark ${undo}`,
  );
}
