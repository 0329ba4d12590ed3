import { parseArgs } from "node:util";
import type { ChangedKey, Key, KeyList, MadeKey } from "../../edge/http/api/keys.ts";
import { parseDuration } from "../../shared/contract/duration.ts";
import { oneArgument, UsageError, wholeNumber } from "../command.ts";
import { EdgeCalls } from "../edge-calls.ts";
import { keyHelp } from "../key-option.ts";
import { columns, time } from "../table.ts";

export const help = `edgewise keys list [--json] [options]
edgewise keys create --secret [--models NAME,...] [options]
edgewise keys create --publishable --origins ORIGIN,... [--models NAME,...] [options]
edgewise keys rotate ID [--grace DURATION] [options]
edgewise keys revoke ID [options]

  Who may do what with an edge. A secret key (sk_...) is for servers and people, and may do everything for its models; a publishable one (pk_...) stands in
  pages of its origins. Until there is a key the edge serves its own machine only; from the first on, which is a secret one for all models, every call
  needs one.

  create and rotate print the new key, which is told this once.

  --models NAME,...    models that the key is for; all without
  --origins ORIGIN,... of the pages, such as https://shop.example.com
  --note TEXT          what it is for
  --expires DURATION   it is no longer taken after 30d, 12h, ...
  --rate N             most requests a minute
  --grace DURATION     how long the key that is replaced is still taken (1h)
  --url URL            of the edge (http://localhost:8787)
${keyHelp}
`;

const NAMES = {
  body: "the key",
  "body.models": "--models",
  "body.origins": "--origins",
  "body.note": "--note",
  "body.expiresAt": "--expires",
  "body.rate": "--rate",
  "body.grace": "--grace",
  "path.id": "ID",
};

/** Most entries of the history that are printed. */
const HISTORY = 10;

/** @throws UsageError naming what is wrong, or why it cannot be. */
export async function keysCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      secret: { type: "boolean", default: false },
      publishable: { type: "boolean", default: false },
      models: { type: "string" },
      origins: { type: "string" },
      note: { type: "string" },
      expires: { type: "string" },
      rate: { type: "string" },
      grace: { type: "string" },
      url: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [what, ...names] = positionals;
  const edge = new EdgeCalls(values.url);
  if (what === "rotate" || what === "revoke") {
    const id = keyIdOf(oneArgument(names, "one key by its id", help));
    if (what === "rotate") {
      const body = values.grace === undefined ? {} : { grace: values.grace };
      const made = await edge.post<MadeKey>(`/v1/keys/${id}/rotation`, body, NAMES);
      tellMade(made, `In place of ${id}, which is still taken for ${values.grace ?? "1h"}:`);
    } else {
      const { note, pending, ...key } = await edge.delete<ChangedKey>(`/v1/keys/${id}`, NAMES);
      const named = `${nameOf(key)}${note === "" ? "" : `, ${note}`}`;
      if (pending)
        throw new UsageError(
          `${named} is still taken: the edge's store cannot be written at the moment. It will be revoked within seconds of when it can; look with "edgewise keys revoke" again, and at GET /health for why.`,
        );
      console.log(`Revoked ${named}. Everywhere within seconds.`);
    }
    return;
  }
  if (names.length > 0 || (what !== "list" && what !== "create"))
    throw new UsageError(`Say list, create, rotate ID or revoke ID.\n\n${help}`);
  if (what === "list") {
    const list = await edge.get<KeyList>("/v1/keys");
    console.log(values.json ? JSON.stringify(list) : listText(list));
    return;
  }
  if (values.secret === values.publishable)
    throw new UsageError("Say which kind of key: --secret for servers and people, or --publishable for pages.");
  const { models, origins, note, expires, rate } = values;
  const body = {
    kind: values.secret ? "secret" : "publishable",
    ...(models !== undefined && { models: models.split(",") }),
    ...(origins !== undefined && { origins: origins.split(",") }),
    ...(note !== undefined && { note }),
    ...(expires !== undefined && { expiresAt: Date.now() + durationOf("expires", expires) }),
    ...(rate !== undefined && { rate: wholeNumber("rate", rate, 1) }),
  };
  const made = await edge.post<MadeKey>("/v1/keys", body, NAMES);
  tellMade(made, `A ${made.kind} key for ${made.models?.join(", ") ?? "all models"}:`);
}

/** The key alone goes to stdout, so that a script can take it. */
function tellMade({ key, kind, pending }: MadeKey, what: string): void {
  console.error(what);
  console.log(key);
  console.error(
    kind === "secret"
      ? "It is not shown again. Keep it where secrets are kept; commands take it as EDGEWISE_KEY."
      : "It is not shown again. Pages give it to createClient({ key }); it is no secret.",
  );
  if (pending)
    console.error("It is not taken yet: the edge's store cannot be written at the moment; GET /health says why.");
}

function listText({ keys, history }: KeyList): string {
  if (keys.length === 0) return "There are no keys: the edge serves its own machine only.";
  const now = Date.now();
  const rows = keys.map((key) => [
    nameOf(key),
    key.models?.join(",") ?? "all models",
    key.origins.join(",") || "-",
    key.rate === null ? "-" : `${key.rate}/min`,
    stateOf(key, now),
    time(key.createdAt),
    key.note,
  ]);
  const changes = history.slice(0, HISTORY).map(({ at, who, key, what }) => [time(at), `by ${who}`, key, what]);
  const head = ["key", "models", "origins", "rate", "state", "made", "note"];
  return `${columns([head, ...rows])}\n\nlast changes\n${columns(changes)}`;
}

const nameOf = ({ kind, id }: Pick<Key, "kind" | "id">): string => `${kind === "secret" ? "sk" : "pk"}_${id}`;

function stateOf({ revokedAt, expiresAt, replacedBy }: Key, now: number): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt === null) return "taken";
  const end = expiresAt <= now ? "expired" : `until ${time(expiresAt)}`;
  return replacedBy === null ? end : `${end}, replaced by ${replacedBy}`;
}

/** The id of a key that is named by its id, by `sk_<id>`, or by its whole text. @throws UsageError when it is none. */
function keyIdOf(text: string): string {
  const [, id] = /^(?:[ps]k_)?([0-9A-Za-z]{8})(?:_.*)?$/.exec(text) ?? [];
  if (id === undefined) throw new UsageError("A key's id has 8 letters and digits: it stands after sk_ or pk_.");
  return id;
}

function durationOf(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--${option}: ${(error as Error).message}.`);
  }
}
