import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import { hashFeature, hashNamespace } from "../../shared/features/hash.ts";
import { cellsOf } from "../files/csv.ts";
import { InputError } from "../files/input-error.ts";
import { Example } from "../vw/example.ts";
import type { FileEntry } from "./file-entry.ts";

/** Names of the columns that every table has; the later ones are those of the Open Bandit Dataset. */
const COLUMNS = {
  action: ["action", "item_id"],
  reward: ["reward", "click"],
  propensity: ["propensity", "probability", "propensity_score"],
} as const;
/** A column for each action, with the number that the action has after it. */
const PER_ACTION = /^user-item_affinity_(\d+)$/;
const CONTEXT = "context";
const ACTION = "action";

type Role = keyof typeof COLUMNS;
type Column = { index: number; name: string };

/** Whether a file's first line is the header of such a table. */
export const isCsvHeader = (line: string): boolean =>
  Object.values(columnsOf(cellsOf(line) ?? [])).every((index) => index >= 0);

/**
 * Reads a table with a header and a row a decision, row by row: the action that was chosen (from 0 to K - 1), its reward (empty: nobody
 * said) and its probability. All other columns are shared features: numbers, or else categories; those without a name, and empty cells,
 * are none.
 * @param count K; null: one for each column of the Open Bandit Dataset's user-item affinities, which are features of the actions.
 */
export function csvEvents(count: number | null): (cells: readonly string[]) => FileEntry | null {
  let table: Table | null = null;
  return (cells) => {
    if (table !== null) return table.event(cells);
    table = new Table(cells, count);
    return null;
  };
}

class Table {
  readonly #columns: Record<Role, number>;
  readonly #header: readonly string[];
  readonly #context: readonly Column[];
  /** Entry i: the column about action i alone. */
  readonly #own: readonly (Column | undefined)[];
  readonly #shared = new Example();
  readonly #actions: readonly Example[];

  constructor(header: readonly string[], count: number | null) {
    this.#header = header;
    this.#columns = columnsOf(header);
    for (const [role, index] of Object.entries(this.#columns))
      if (index < 0)
        throw new InputError(
          `there is no column ${COLUMNS[role as Role].join(" or ")}; the columns are: ${header.join(", ")}`,
        );
    const own: Column[] = [];
    const context: Column[] = [];
    for (const [index, name] of header.entries()) {
      const [, action] = PER_ACTION.exec(name) ?? [];
      if (action !== undefined) own[Number(action)] = { index, name: "affinity" };
      else if (name !== "" && name !== "timestamp" && !Object.values(this.#columns).includes(index))
        context.push({ index, name });
    }
    this.#own = own;
    this.#context = context;
    const actions = count ?? own.length;
    if (actions === 0) throw new InputError("a table does not tell how many actions there were: --actions K");
    this.#actions = Array.from({ length: actions }, () => new Example());
  }

  event(cells: readonly string[]): FileEntry {
    const outcome = this.#outcome(cells);
    this.#shared.clear();
    for (const column of this.#context) add(this.#shared, CONTEXT, column, cells);
    for (const [i, action] of this.#actions.entries()) {
      action.clear();
      action.add(ACTION.charCodeAt(0), hashFeature(`number${i}`, hashNamespace(ACTION)), 1);
      if (this.#own[i] !== undefined) add(action, ACTION, this.#own[i], cells);
    }
    return {
      outcome,
      probabilities: null,
      count: this.#actions.length,
      shared: this.#shared,
      actions: this.#actions,
      values: () => ({
        at: this.#time(cells),
        context: Object.fromEntries(this.#context.flatMap((column) => property(column, cells))),
        sessionFeatures: {},
        profileFeatures: {},
        actions: this.#actions.map((_, i) => ({
          id: String(i),
          features: Object.fromEntries([["number", String(i)], ...property(this.#own[i], cells)]),
        })),
        graph: null,
      }),
    };
  }

  #outcome(cells: readonly string[]): Outcome | null {
    if (cells[this.#columns.reward]!.trim() === "") return null;
    const number = (role: Role): number => {
      const text = cells[this.#columns[role]]!;
      const value = numberOf(text);
      if (value === null)
        throw new InputError(`${this.#header[this.#columns[role]]} is ${JSON.stringify(text)}, which is no number`);
      return value;
    };
    const [chosen, reward, propensity] = [number("action"), number("reward"), number("propensity")];
    const last = this.#actions.length - 1;
    if (!(Number.isInteger(chosen) && chosen >= 0 && chosen <= last))
      throw new InputError(`there is no action ${chosen}: actions are 0 to ${last}`);
    if (!(propensity > 0 && propensity <= 1)) throw new InputError(`${propensity} is no probability above 0`);
    return { chosen, reward, propensity, importance: 1 };
  }

  #time(cells: readonly string[]): number {
    const at = Date.parse(cells[this.#header.indexOf("timestamp")] ?? "");
    return Number.isNaN(at) ? 0 : at;
  }
}

function columnsOf(header: readonly string[]): Record<Role, number> {
  const index = (role: Role) => header.findIndex((name) => (COLUMNS[role] as readonly string[]).includes(name));
  return { action: index("action"), reward: index("reward"), propensity: index("propensity") };
}

function add(example: Example, namespace: string, { index, name }: Column, cells: readonly string[]): void {
  const text = cells[index]!;
  if (text === "") return;
  const feature = hashFeature(name, hashNamespace(namespace));
  const value = numberOf(text);
  if (value === null) example.add(namespace.charCodeAt(0), hashFeature(text, feature), 1);
  else example.add(namespace.charCodeAt(0), feature, value);
}

const property = (column: Column | undefined, cells: readonly string[]): [string, string | number][] =>
  column === undefined || cells[column.index] === ""
    ? []
    : [[column.name, numberOf(cells[column.index]!) ?? cells[column.index]!]];

function numberOf(text: string): number | null {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
