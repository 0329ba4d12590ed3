import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import { hashFeature, hashNamespace } from "../../shared/features/hash.ts";
import { murmur3 } from "../../shared/math/murmur3.ts";
import { FileKindError } from "../files/file-kind.ts";
import { InputError, quoted } from "../files/input-error.ts";
import { NoSuchAction, OutcomeError } from "../files/outcome-error.ts";
import { Example } from "../vw/example.ts";
import type { FileEntry } from "./file-entry.ts";
import { propensityOf } from "./propensity.ts";
import { COLUMNS, columnsOf, idColumns, type Role, timeColumn } from "./table-columns.ts";
import { isMissing, numberIn, type TableMake } from "./table-make.ts";
import { utcTime } from "./utc-time.ts";

/** A column for each action, with the number that the action has after it. */
const PER_ACTION = /^user-item_affinity_(\d+)$/;
const CONTEXT = "context";
const ACTION = "action";

type Column = { index: number; name: string };

/**
 * Reads a table with a header and a row a decision, row by row: the action that was chosen (from 0 to K - 1), its reward (empty: nobody
 * said) and its probability. All other columns are shared features: numbers where all cells of the column are, or else categories; those without a name, and empty cells,
 * are none. Capitals in the names of the three do not count, and no spaces around a name or a cell.
 * @param count K; null: one for each column of the Open Bandit Dataset's user-item affinities, which are features of the actions.
 */
export function csvEvents(
  count: number | null,
  { numbers }: TableMake,
): (cells: readonly string[]) => FileEntry | null {
  let table: Table | null = null;
  return (cells) => {
    if (table !== null) return table.event(cells);
    table = new Table(cells, count, numbers);
    return null;
  };
}

class Table {
  readonly #columns: Record<Role, number>;
  readonly #numbers: ReadonlySet<number>;
  readonly #header: readonly string[];
  /** Columns that tell rows apart. */
  readonly #ids: readonly number[];
  /** -1: there is none. */
  readonly #timeColumn: number;
  readonly #context: readonly Column[];
  /** Entry i: the column about action i alone. */
  readonly #own: readonly (Column | undefined)[];
  readonly #shared = new Example();
  readonly #actions: readonly Example[];

  /** @throws FileKindError when a column that every table has is not there, or twice. */
  constructor(names: readonly string[], count: number | null, numbers: ReadonlySet<number>) {
    const header = names.map((name) => name.trim());
    this.#header = header;
    this.#numbers = numbers;
    const columns = columnsOf(header);
    const only = (role: Role): number => {
      const [index, ...others] = columns[role];
      if (index === undefined)
        throw new FileKindError(
          `there is no column ${COLUMNS[role].join(" or ")}; the columns are: ${header.join(", ")}`,
        );
      if (others.length > 0)
        throw new FileKindError(
          `the columns ${columns[role].map((i) => header[i]).join(" and ")} both tell the ${role}: leave one of them`,
        );
      return index;
    };
    this.#columns = { action: only("action"), reward: only("reward"), propensity: only("propensity") };
    const own: Column[] = [];
    const context: Column[] = [];
    for (const [index, name] of header.entries()) {
      const [, action] = PER_ACTION.exec(name) ?? [];
      if (action !== undefined) own[Number(action)] = { index, name: "affinity" };
      else if (name !== "" && name.toLowerCase() !== "timestamp" && !Object.values(this.#columns).includes(index))
        context.push({ index, name });
    }
    this.#ids = idColumns(header);
    this.#timeColumn = timeColumn(header);
    this.#own = own;
    this.#context = context;
    const actions = count ?? own.length;
    if (actions === 0) throw new FileKindError("a table does not tell how many actions there were: --actions K");
    this.#actions = Array.from({ length: actions }, () => new Example());
  }

  /** @throws InputError saying what is wrong with the row. */
  event(cells: readonly string[]): FileEntry {
    if (cells.length !== this.#header.length)
      throw new InputError(`there are ${cells.length} cells, but ${this.#header.length} columns`);
    const outcome = this.#outcome(cells);
    this.#shared.clear();
    for (const column of this.#context) this.#add(this.#shared, CONTEXT, column, cells);
    for (const [i, action] of this.#actions.entries()) {
      action.clear();
      action.add(ACTION.charCodeAt(0), hashFeature(`number${i}`, hashNamespace(ACTION)), 1);
      if (this.#own[i] !== undefined) this.#add(action, ACTION, this.#own[i], cells);
    }
    return {
      id: this.#id(cells),
      outcome,
      probabilities: null,
      count: this.#actions.length,
      shared: this.#shared,
      actions: this.#actions,
      values: () => ({
        at: this.#time(cells),
        context: Object.fromEntries(this.#context.flatMap((column) => this.#property(column, cells))),
        sessionFeatures: {},
        profileFeatures: {},
        actions: this.#actions.map((_, i) => ({
          id: String(i),
          features: Object.fromEntries([["number", String(i)], ...this.#property(this.#own[i], cells)]),
        })),
        graph: null,
      }),
    };
  }

  #outcome(cells: readonly string[]): Outcome | null {
    if (cells[this.#columns.reward]!.trim() === "") return null;
    const number = (role: Role): number => {
      const text = cells[this.#columns[role]]!;
      const value = numberIn(text);
      if (value === null)
        throw new OutcomeError(
          role === "propensity" ? "probability" : role,
          `${this.#header[this.#columns[role]]} is ${quoted(text)}, which is no number`,
          numberAdvice(text, role),
        );
      return value;
    };
    const [chosen, reward, propensity] = [number("action"), number("reward"), number("propensity")];
    const last = this.#actions.length - 1;
    if (!(Number.isInteger(chosen) && chosen >= 0 && chosen <= last)) throw new NoSuchAction(chosen, 0, last);
    return { chosen, reward, propensity: propensityOf(propensity, last + 1), importance: 1 };
  }

  /** A row that has an id and comes twice is of one decision; null: there are no ids. */
  #id(cells: readonly string[]): string | null {
    const ids = this.#ids.map((index) => cells[index]!);
    return ids.every((id) => isMissing(id)) ? null : ids.join(", ");
  }

  #time(cells: readonly string[]): number {
    const at = utcTime(cells[this.#timeColumn] ?? "");
    return Number.isNaN(at) ? 0 : at;
  }

  #value({ index }: Column, cells: readonly string[]): number | string | null {
    const cell = cells[index]!.trim();
    if (this.#numbers.has(index)) return numberIn(cell);
    return cell === "" ? null : cell;
  }

  #add(example: Example, namespace: string, column: Column, cells: readonly string[]): void {
    const value = this.#value(column, cells);
    if (value === null) return;
    const feature = hashFeature(column.name, hashNamespace(namespace));
    if (typeof value === "string") example.add(namespace.charCodeAt(0), categoryHash(value, feature), 1);
    else example.add(namespace.charCodeAt(0), feature, value);
  }

  #property(column: Column | undefined, cells: readonly string[]): [string, string | number][] {
    const value = column === undefined ? null : this.#value(column, cells);
    return value === null ? [] : [[column!.name, value]];
  }
}

/** What to do about a cell that should hold a number. */
function numberAdvice(text: string, role: Role): string | null {
  if (/^\s*[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*$/.test(text)) return "Write numbers without separators of thousands.";
  if (/^\s*[+-]?\d*,\d+\s*$/.test(text)) return "Write numbers with a decimal point.";
  if (role === "reward" && isMissing(text))
    return "If it means that nothing came of the decision, write 0; if nobody knows what came of it, leave the cell empty.";
  return null;
}

/** VW adds digits to what they are of, so that `007` and `7` would be one category. */
const categoryHash = (value: string, feature: number): number =>
  /^\s*\d+\s*$/.test(value) ? murmur3(value, feature) : hashFeature(value, feature);
