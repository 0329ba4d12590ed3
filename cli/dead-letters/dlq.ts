import { parseArgs } from "node:util";
import type { DeadLetters, Redriven } from "../../edge/http/api/dead-letters.ts";
import { oneArgument, UsageError, wholeNumber } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { keyHelp } from "../key-option.ts";
import { columns, time } from "../table.ts";

export const help = `edgewise dlq list [--reason TEXT] [--json] [options]
edgewise dlq show PARTITION/NUMBER [options]
edgewise dlq redrive (PARTITION/NUMBER ... | --reason TEXT | --all) [options]

  The dead letters: what pages and servers sent that could not be used, with the reason, and what was quarantined because it did not agree with what it
  claims. When the reason is mended (a model was not deployed, a value was out of what its spec takes), drive them again: they are taken as if they came
  now, with the rights of whoever sent them. What is still wrong stays.

  list shows how many there are for which reason, and how many gave way to newer ones; with --reason the letters themselves.

  --reason TEXT   letters whose reason has this in it
  --all           all of them
  --url URL       of the edge (http://localhost:8787)
${keyHelp}
`;

type Named = DeadLetters["letters"][number] & { partition: string };

const PAGE = 500;
const NAMES = { "query.reason": "--reason", "query.partition": "the partition", "body.partition": "the partition" };

/** @throws UsageError naming what is wrong, or why it cannot be. */
export async function dlqCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      reason: { type: "string" },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      url: { type: "string" },
    },
  });
  const [what, ...names] = positionals;
  const edge = new EdgeCalls(values.url);
  if (what === "list" && names.length === 0) return list(edge, values.reason, values.json);
  if (what === "show") return show(edge, placeOf(oneArgument(names, "one letter as PARTITION/NUMBER", help)));
  if (what === "redrive") {
    const chosen = Number(names.length > 0) + Number(values.reason !== undefined) + Number(values.all);
    if (chosen !== 1) throw new UsageError("Name letters as PARTITION/NUMBER, or give --reason TEXT, or --all.");
    const places = names.length > 0 ? names.map(placeOf) : await placesOf(edge, values.reason);
    return redrive(edge, places);
  }
  throw new UsageError(`Say what to do: list, show or redrive.\n\n${help}`);
}

type Place = { partition: string; number: number };

function placeOf(text: string): Place {
  const [partition, number, ...rest] = text.split("/");
  if (!partition || number === undefined || rest.length > 0)
    throw new UsageError(`A letter is named as PARTITION/NUMBER, such as 2/17, not ${JSON.stringify(text)}.`);
  return { partition, number: wholeNumber("NUMBER", number, 1) };
}

async function placesOf(edge: EdgeCalls, reason: string | undefined): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { partition, number } of letters(edge, reason)) places.push({ partition, number });
  return places;
}

/** All letters of all partitions, the oldest of each first. */
async function* letters(
  edge: EdgeCalls,
  reason: string | undefined,
  onPast?: (page: DeadLetters) => void,
): AsyncGenerator<Named> {
  let partitions = 1;
  for (let partition = 0; partition < partitions; partition++)
    for (let after: number | null = 0; after !== null; ) {
      const query = new URLSearchParams({ partition: String(partition), after: String(after), limit: String(PAGE) });
      if (reason !== undefined) query.set("reason", reason);
      const page: DeadLetters = await edge.get(`/v1/dead-letters?${query}`, NAMES);
      partitions = page.partitions;
      if (after === 0) onPast?.(page);
      for (const letter of page.letters) yield { ...letter, partition: String(partition) };
      after = page.next;
    }
}

async function list(edge: EdgeCalls, reason: string | undefined, json: boolean): Promise<void> {
  const all: Named[] = [];
  const past: DeadLetters["past"] = [];
  for await (const letter of letters(edge, reason, (page) => past.push(...page.past))) all.push(letter);
  if (json) return console.log(JSON.stringify({ letters: all, past }));
  if (all.length === 0) console.log("There are no dead letters.");
  else if (reason !== undefined)
    console.log(
      columns([
        ["letter", "received", "list", "id", "reason"],
        ...all.map((l) => [`${l.partition}/${l.number}`, time(l.receivedAt), l.list, l.id ?? "-", oneLine(l.reason)]),
      ]),
    );
  else console.log(byReason(all));
  const gone = past.filter((one) => reason === undefined || one.reason.includes(reason));
  if (gone.length > 0)
    console.log(`\nLetters that are kept no longer, since newer ones came or they were old:\n${goneByReason(gone)}`);
}

/** The same of letters that are gone, of all partitions. */
function goneByReason(gone: DeadLetters["past"]): string {
  const groups = [...Map.groupBy(gone, (one) => `${one.list}: ${oneLine(one.reason)}`)].map(([reason, group]) => ({
    reason,
    n: group.reduce((sum, { n }) => sum + n, 0),
    newestAt: Math.max(...group.map(({ newestAt }) => newestAt)),
  }));
  groups.sort((a, b) => b.n - a.n);
  return columns([
    ["letters", "newest", "reason"],
    ...groups.map(({ reason, n, newestAt }) => [String(n), time(newestAt), reason]),
  ]);
}

/** How many letters there are for which reason, the most first. */
function byReason(all: Named[]): string {
  const groups = [...Map.groupBy(all, (letter) => `${letter.list}: ${oneLine(letter.reason)}`)];
  groups.sort(([, a], [, b]) => b.length - a.length);
  return columns([
    ["letters", "newest", "one of them", "reason"],
    ...groups.map(([reason, group]) => {
      const newest = group.reduce((a, b) => (b.receivedAt > a.receivedAt ? b : a));
      return [String(group.length), time(newest.receivedAt), `${newest.partition}/${newest.number}`, reason];
    }),
  ]);
}

async function show(edge: EdgeCalls, { partition, number }: Place): Promise<void> {
  const query = new URLSearchParams({ partition, after: String(number - 1), limit: "1" });
  const [letter] = (await edge.get<DeadLetters>(`/v1/dead-letters?${query}`, NAMES)).letters;
  if (letter?.number !== number) throw new UsageError(`There is no dead letter ${partition}/${number} (any more).`);
  console.log(`${letter.list}, received ${time(letter.receivedAt)}\n${letter.reason}\n\n${letter.body}`);
  if (!letter.whole) console.log("\nIt was longer; only its beginning was kept, so it cannot be driven again.");
}

async function redrive(edge: EdgeCalls, places: readonly Place[]): Promise<void> {
  let taken = 0;
  const left: string[] = [];
  for (const [partition, group] of Map.groupBy(places, (place) => place.partition))
    for (let i = 0; i < group.length; i += PAGE) {
      const numbers = group.slice(i, i + PAGE).map(({ number }) => number);
      const answer = await edge.post<Redriven>("/v1/dead-letters/redrive", { partition, numbers }, NAMES);
      taken += answer.taken.length;
      left.push(...answer.left.map(({ number, problem }) => `  ${partition}/${number}  ${oneLine(problem)}`));
    }
  console.log(`${taken} of ${places.length} taken.`);
  if (left.length === 0) return;
  console.log(`Still dead letters:\n${left.slice(0, 20).join("\n")}`);
  if (left.length > 20) console.log(`  and ${left.length - 20} more`);
  process.exitCode = 1;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, 160);
