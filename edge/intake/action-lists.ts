import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import { type Action, actions as callActions } from "../../shared/contract/record.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import { Recent } from "../storage/recent.ts";
import { type Caller, isFor } from "./caller.ts";
import { fieldErrors } from "./field-errors.ts";
import { CLAIM_RETRY, KNOWN_LIST_CHARACTERS } from "./limits.ts";
import { fieldProblem, ProblemError } from "./problem.ts";

/**
 * Lists of actions that are named by their hashes (docs/adr/0026-brief-batches.md). An isolate knows what it was sent in the last while and has logged a decision from: by model, so that nobody finds
 * out by trying what pages of others have to choose from.
 */
const known = new Recent<string>(KNOWN_LIST_CHARACTERS, (text) => text.length);
const nameOf = (model: string, hash: string): string => `${model} ${hash}`;

/** A list as JSON, and its hash. */
type List = { hash: string; text: string };

/** Lists that came along with what names them. */
export class SentLists {
  readonly #lists: ReadonlyMap<string, List | { is: string }>;

  private constructor(lists: ReadonlyMap<string, List | { is: string }>) {
    this.#lists = lists;
  }

  static async of(lists: Readonly<Record<string, unknown>>): Promise<SentLists> {
    const checked = await Promise.all(
      Object.entries(lists).map(async ([said, list]) => {
        const text = JSON.stringify(list);
        const hash = await sha256Hex(new TextEncoder().encode(text));
        return [said, hash === said ? { hash, text } : { is: hash }] as const;
      }),
    );
    return new SentLists(new Map(checked));
  }

  /** The list of a hash; `problem`: what came by that name is another; null: it is not known here. */
  find(model: string, hash: string): List | { problem: string } | null {
    const sent = this.#lists.get(hash);
    if (sent) return "is" in sent ? { problem: `names a list that was sent along, whose hash is ${sent.is}` } : sent;
    const text = known.get(nameOf(model, hash));
    return text === null ? null : { hash, text };
  }

  /** A decision of a model from a list is in the log: the list is known from now on. */
  static logged(model: string, { hash, text }: List): void {
    known.put(nameOf(model, hash), text);
  }
}

/**
 * The actions of a call, which may name them by their hash.
 * @returns them, and the list by which they were named.
 * @throws ProblemError 422 when the list is not known here, and did not come along; 400 when what came along is another, or no list of actions.
 */
export async function actionsOfCall(
  model: string,
  asked: readonly Action[] | string,
  sent: Readonly<Record<string, unknown>> = {},
): Promise<{ actions: readonly Action[]; list: List | null }> {
  if (typeof asked !== "string") return { actions: asked, list: null };
  const list = (await SentLists.of(sent)).find(model, asked);
  if (list === null)
    throw fieldProblem(422, "body.actions", "name a list that is not known here: send the call again with actionLists");
  if ("problem" in list) throw fieldProblem(400, "body.actions", list.problem);
  const { data, error } = callActions.safeParse(JSON.parse(list.text));
  if (error)
    throw new ProblemError(
      400,
      "The list of actions is not valid",
      fieldErrors(`body.actionLists.${asked}`, error.issues),
    );
  return { actions: data, list };
}

/** What became of a decision that may name its actions by their hash. */
type Named =
  | { value: unknown; list?: List }
  | { problem: string }
  /** It is to be sent again, after so many seconds; with the list that it names, where it is `wanted`. */
  | { later: string; retryAfter: number; wanted?: string };

/** Puts lists into decisions of a batch, which may be anything. Together they are as long as a batch may be that has them itself. */
export class NamedActions {
  readonly #sent: SentLists;
  readonly #caller: Caller;
  #characters = 0;

  constructor(sent: SentLists, caller: Caller) {
    this.#sent = sent;
    this.#caller = caller;
  }

  /** The same decision with its actions. */
  fill(value: unknown): Named {
    if (!isNaming(value) || !isFor(this.#caller, value.model)) return { value };
    const list = this.#sent.find(value.model, value.actions);
    if (list === null)
      return { later: "the list that its actions name is not known here", retryAfter: 0, wanted: value.actions };
    if ("problem" in list) return list;
    this.#characters += list.text.length;
    if (this.#characters > MAX_BODY_BYTES)
      return { later: "its batch has more actions than a batch may have", retryAfter: CLAIM_RETRY.room };
    return { value: { ...value, actions: JSON.parse(list.text) }, list };
  }
}

const isNaming = (value: unknown): value is { model: string; actions: string } =>
  typeof value === "object" &&
  value !== null &&
  "task" in value &&
  value.task === "rank" &&
  "actions" in value &&
  typeof value.actions === "string" &&
  "model" in value &&
  typeof value.model === "string";
