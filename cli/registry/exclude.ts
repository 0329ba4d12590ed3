import { parseArgs } from "node:util";
import { oneArgument } from "../command.ts";
import { dashedValues } from "../dashed-values.ts";
import { DEFAULT_URL, EdgeCalls } from "../edge-calls.ts";
import { modelPath, readModelName } from "../model-path.ts";
import { readTime } from "./read-time.ts";

export const help = `edgewise exclude MODEL [--session S ...] [--unit U ...] [--since TIME] [--until TIME] [--url URL]
edgewise exclude MODEL --list | --end NUMBER [--url URL]

  Takes decisions out of learning: of a session, of a unit, those received in a time, or what is all of that. They stay in the
  log. The model's versions learn it again without them, and serve what they have until then.

  --session S   decisions of this session; of several, when it is given more than once
  --unit U      decisions for this unit; the same
  --since TIME  decisions received from then on: 2026-11-29T10:00:00Z
  --until TIME  decisions received before then
  --list        prints what is excluded, and was once
  --end NUMBER  takes an exclusion back
  --url URL     of the edge (${DEFAULT_URL})
`;

type Exclusion = { session?: string | string[]; unit?: string | string[]; since?: number; until?: number };
type Registered = Exclusion & { number: number; createdAt: number; endedAt: number | null };

/** @throws UsageError when the edge refuses. */
export async function excludeCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: dashedValues(args, ["session", "unit"]),
    allowPositionals: true,
    options: {
      ...{
        session: { type: "string", multiple: true },
        unit: { type: "string", multiple: true },
        since: { type: "string" },
        until: { type: "string" },
      },
      ...{ list: { type: "boolean", default: false }, end: { type: "string" }, url: { type: "string" } },
    },
  });
  const model = readModelName(oneArgument(positionals, "one model", help));
  const edge = new EdgeCalls(values.url);
  const { session, unit, since, until, list, end } = values;
  const names = {
    ...{ "path.model": model, "path.exclusion": "--end", body: "The exclusion" },
    ...{ "body.session": "--session", "body.unit": "--unit", "body.since": "--since", "body.until": "--until" },
  };
  if (list) {
    const { exclusions } = await edge.get<{ exclusions: Registered[] }>(modelPath(model, "exclusions"), names);
    console.log(exclusions.length === 0 ? `Nothing of ${model} is excluded.` : exclusions.map(text).join("\n"));
    return;
  }
  if (end !== undefined) {
    const ended = JSON.parse(await edge.text("DELETE", modelPath(model, "exclusions", end), undefined, names));
    console.log(text(ended as Registered));
    return;
  }
  const exclusion: Exclusion = {
    ...(session !== undefined && { session: oneOrMore(session) }),
    ...(unit !== undefined && { unit: oneOrMore(unit) }),
    ...(since !== undefined && { since: readTime("--since", since) }),
    ...(until !== undefined && { until: readTime("--until", until) }),
  };
  const made = await edge.post<Registered>(modelPath(model, "exclusions"), exclusion, names);
  console.log(
    `${text(made)}\nThe versions of ${model} learn their logs again: edgewise versions ${model} says how far they are.`,
  );
}

const oneOrMore = (names: string[]): string | string[] => (names.length === 1 ? names[0]! : names);

/** One name, or how many there are. */
const named = (names: string | string[]): string =>
  [names].flat().length === 1 ? String(names) : `${names.length} of them`;

function text({ number, session, unit, since, until, endedAt }: Registered): string {
  const date = (at: number) => new Date(at).toISOString();
  const parts = [
    ...(session === undefined ? [] : [`session ${named(session)}`]),
    ...(unit === undefined ? [] : [`unit ${named(unit)}`]),
    ...(since === undefined ? [] : [`since ${date(since)}`]),
    ...(until === undefined ? [] : [`until ${date(until)}`]),
  ];
  return `${number}: ${parts.join(", ")}${endedAt === null ? "" : `, taken back at ${date(endedAt)}`}`;
}
