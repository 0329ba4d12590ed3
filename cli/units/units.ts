import { parseArgs } from "node:util";
import type { Erasure, UnitRecords } from "../../edge/http/api/units.ts";
import { oneArgument, UsageError } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { keyHelp } from "../key-option.ts";
import { columns, time } from "../table.ts";

export const help = `edgewise units show UNIT [options]
edgewise units erase UNIT ... [--wait] [options]
edgewise units status [ERASURE] [options]

  What is known of a unit, and its erasure: from log, dead letters and what versions have learned. Erasing goes on in the background; what is said to be
  taken will be done, and status tells how far it is. Snapshots that had learned from a unit are kept for SNAPSHOT_DAYS longer.

  show prints its records, a line of JSON each, for whoever asks what is stored of them.

  --wait     waits until it is done
  --url URL  of the edge (http://localhost:8787)
${keyHelp}
`;

const POLL_MS = 1000;

/** @throws UsageError naming what is wrong, or why it cannot be. */
export async function unitsCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { wait: { type: "boolean", default: false }, url: { type: "string" } },
  });
  const [what, ...names] = positionals;
  const edge = new EdgeCalls(values.url);
  if (what === "show") return show(edge, oneArgument(names, "one unit", help));
  if (what === "erase" && names.length > 0) return erase(edge, names, values.wait);
  if (what === "status" && names.length < 2) return status(edge, names[0]);
  throw new UsageError(`Say what to do: show, erase or status.\n\n${help}`);
}

const unitPath = (unit: string): string => `/v1/units/${encodeURIComponent(unit)}`;

async function show(edge: EdgeCalls, unit: string): Promise<void> {
  for (let after: string | null = ""; after !== null; ) {
    const query: string = after && `?after=${after}`;
    const page: UnitRecords = await edge.get<UnitRecords>(`${unitPath(unit)}${query}`, { "path.unit": "UNIT" });
    for (const record of [...page.rows, ...page.letters]) console.log(JSON.stringify(record));
    after = page.next;
  }
}

async function erase(edge: EdgeCalls, units: readonly string[], wait: boolean): Promise<void> {
  const erasures: Erasure[] = [];
  for (const unit of units) erasures.push(await edge.delete<Erasure>(unitPath(unit), { "path.unit": "UNIT" }));
  for (let erasure of erasures) {
    while (wait && erasure.state !== "done") {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      erasure = await edge.get<Erasure>(`/v1/erasures/${erasure.id}`);
    }
    console.log(text(erasure));
  }
}

async function status(edge: EdgeCalls, id: string | undefined): Promise<void> {
  if (id !== undefined) {
    const path = `/v1/erasures/${encodeURIComponent(id)}`;
    console.log(text(await edge.get<Erasure>(path, { "path.erasure": "ERASURE" })));
    return;
  }
  const { erasures } = await edge.get<{ erasures: Erasure[] }>("/v1/erasures");
  if (erasures.length === 0) console.log("Nothing was erased, or is to be.");
  else
    console.log(
      columns([
        ["erasure", "state", "asked", "done", "decisions"],
        ...erasures.map(({ id, state, requestedAt, doneAt, erased }) => [
          ...[id, state, time(requestedAt), doneAt === null ? "" : time(doneAt), String(erased.decisions)],
        ]),
      ]),
    );
}

function text({ id, state, dueAt, doneAt, snapshotsAt, erased, waitsFor }: Erasure): string {
  const { decisions, feedback, activations, letters } = erased;
  const counts = `${decisions} decisions, ${feedback} feedback, ${activations} activations, ${letters} dead letters`;
  if (state === "done")
    return `${id}: done at ${time(doneAt!)}: ${counts}. The last snapshot that had learned from it goes by ${time(snapshotsAt!)}.`;
  return `${id}: ${state}, by ${time(dueAt)} at the latest; so far ${counts}. It waits for ${waitsFor.join(", ")}.`;
}
