import { DatabaseSync, type StatementSync } from "node:sqlite";
import { World } from "./world.ts";

type Value = ArrayBuffer | string | number | null;
type Row = Record<string, Value>;

/** What one query gave, as `SqlStorage.exec` gives it. */
class Cursor {
  readonly #rows: Row[];
  readonly columnNames: string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  #next = 0;

  constructor(rows: Row[], columnNames: string[], rowsWritten: number) {
    this.#rows = rows;
    this.columnNames = columnNames;
    this.rowsRead = rows.length;
    this.rowsWritten = rowsWritten;
  }

  next(): { done: boolean; value?: Row } {
    const value = this.#rows[this.#next];
    if (value === undefined) return { done: true };
    this.#next++;
    return { done: false, value };
  }

  toArray(): Row[] {
    const rows = this.#next === 0 ? this.#rows : this.#rows.slice(this.#next);
    this.#next = this.#rows.length;
    return rows;
  }

  one(): Row {
    if (this.#rows.length !== 1)
      throw new Error(`Expected exactly one result from SQL query, but got ${this.#rows.length}`);
    return this.toArray()[0]!;
  }

  *raw(): Generator<Value[]> {
    for (const row of this.toArray()) yield this.columnNames.map((name) => row[name]!);
  }

  *[Symbol.iterator](): Generator<Row> {
    yield* this.toArray();
  }
}

type Prepared = { before: string; statement: StatementSync; columns: string[]; reads: boolean };

/** An object's database, with the calls of `SqlStorage`. @param writes called before whatever writes. @param file of the database; without one it is in memory. */
export class Sql {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  readonly #writes: () => void;

  constructor(writes: () => void, file = ":memory:") {
    this.#database = new DatabaseSync(file);
    this.#writes = writes;
    this.#database.function("randomblob", (length) => crypto.getRandomValues(new Uint8Array(Number(length))));
  }

  get databaseSize(): number {
    const { page_count: pages } = this.#database.prepare("PRAGMA page_count").get() as { page_count: number };
    return pages * 4096;
  }

  exec(query: string, ...bindings: unknown[]): Cursor {
    let prepared = this.#prepared.get(query);
    if (prepared?.before !== "") {
      prepared = this.#prepare(query);
      this.#prepared.set(query, prepared);
    }
    const { statement, columns, reads } = prepared;
    if (!reads) this.#writes();
    const values = bindings.map(bound);
    if (columns.length === 0) {
      const { changes } = statement.run(...values);
      return new Cursor([], columns, Number(changes));
    }
    const rows = statement.all(...values) as Row[];
    for (const row of rows)
      for (const name of columns) {
        const value: unknown = row[name];
        if (value instanceof Uint8Array) row[name] = value.slice().buffer;
      }
    return new Cursor(rows, columns, 0);
  }

  /** Statements of the platform itself. */
  control(statement: string): void {
    this.#database.exec(statement);
  }

  close(): void {
    this.#database.close();
  }

  /** All but the last of several statements are run, as `exec` does that has no bindings for them. */
  #prepare(query: string): Prepared {
    const statements = split(query);
    const before = statements.slice(0, -1).join(";");
    if (before !== "") {
      this.#writes();
      this.#database.exec(before);
    }
    const last = statements.at(-1)!;
    const statement = this.#database.prepare(last);
    const columns = statement.columns().map(({ name }) => name);
    return { before, statement, columns, reads: /^\s*(SELECT|WITH|PRAGMA|EXPLAIN)\b/i.test(last) };
  }
}

function bound(value: unknown): string | number | null | Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  World.current.violated(`a query was given ${typeof value}`);
  throw new TypeError(`a query cannot be given ${typeof value}`);
}

/** The statements of a query. Semicolons in texts and comments do not end one. */
function split(query: string): string[] {
  const parts = query.match(/(?:'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|[^;'"])+/g) ?? [];
  const statements = parts.filter((part) => part.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, "").trim() !== "");
  return statements.length > 0 ? statements : [query];
}
