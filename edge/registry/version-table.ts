import type { TaskSpec } from "../../shared/contract/spec.ts";
import { replaceNames } from "../storage/names-in.ts";
import { HISTORY_LENGTH } from "./limits.ts";
import type { HistoryEntry, RegisteredVersion } from "./messages.ts";

type Row = {
  model: string;
  version: number;
  spec: string;
  graph: string | null;
  stage: RegisteredVersion["stage"];
  share: number | null;
  wanted: string | null;
  created_at: number;
  ready: number;
  problem: string | null;
  was_live: number;
  replaced: number | null;
};

/** Models, their versions, and their history. */
export class VersionTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Names of all models and their tasks, in alphabetical order. */
  models(): { name: string; task: TaskSpec }[] {
    return this.#sql
      .exec<{ name: string; task: string }>("SELECT name, task FROM models ORDER BY name")
      .toArray()
      .map(({ name, task }) => ({ name, task: JSON.parse(task) as TaskSpec }));
  }

  /** Null of a model that there is not. */
  taskOf(model: string): TaskSpec | null {
    const [row] = this.#sql.exec<{ task: string }>("SELECT task FROM models WHERE name = ?", model).toArray();
    return row ? (JSON.parse(row.task) as TaskSpec) : null;
  }

  addModel(name: string, task: TaskSpec): void {
    this.#sql.exec("INSERT INTO models (name, task) VALUES (?, ?)", name, JSON.stringify(task));
  }

  /** Versions of a model by rising number; none of a model that there is not. */
  of(model: string): RegisteredVersion[] {
    return this.#sql.exec<Row>("SELECT * FROM versions WHERE model = ? ORDER BY version", model).toArray().map(readRow);
  }

  /** The number of a model's next version: none that was ever given. */
  nextNumber(model: string): number {
    const { highest } = this.#sql
      .exec<{ highest: number }>(
        `SELECT max(ifnull((SELECT max(version) FROM versions WHERE model = ?1), 0),
           ifnull((SELECT version FROM given WHERE model = ?1), 0)) AS highest`,
        model,
      )
      .one();
    return highest + 1;
  }

  /** Numbers that versions had which are not known any more. */
  keepGiven(highest: ReadonlyMap<string, number>): void {
    for (const [model, version] of highest)
      this.#sql.exec("INSERT OR REPLACE INTO given (model, version) VALUES (?, ?)", model, version);
  }

  /** Number of the version with this spec and graph. */
  find(model: string, hash: string): number | null {
    const [row] = this.#sql
      .exec<{ version: number }>("SELECT version FROM versions WHERE model = ? AND hash = ?", model, hash)
      .toArray();
    return row?.version ?? null;
  }

  specText(model: string, version: number): string {
    return this.#sql
      .exec<{ text: string }>(
        "SELECT spec_text AS text FROM versions WHERE model = ? AND version = ?",
        ...[model, version],
      )
      .one().text;
  }

  /** Ready versions that wait to become something. */
  waiting(): RegisteredVersion[] {
    return this.#sql
      .exec<Row>("SELECT * FROM versions WHERE wanted IS NOT NULL AND ready = 1 ORDER BY model, version")
      .toArray()
      .map(readRow);
  }

  add(version: RegisteredVersion, hash: string, specText: string): void {
    const { model, version: number, spec, graph, createdAt, stage } = version;
    this.#sql.exec(
      "INSERT INTO versions (model, version, hash, spec, spec_text, graph, stage, created_at, ready, was_live) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
      ...[model, number, hash, JSON.stringify(spec), specText, graph && JSON.stringify(graph), stage, createdAt],
    );
    this.save(version);
  }

  /** Of a version that is there already, what can change. */
  save({ model, version, stage, share, wanted, ready, problem, wasLive, replaced }: RegisteredVersion): void {
    this.#sql.exec(
      "UPDATE versions SET stage = ?, share = ?, wanted = ?, ready = ?, problem = ?, was_live = ?, replaced = ? WHERE model = ? AND version = ?",
      ...[stage, share, wanted && JSON.stringify(wanted), Number(ready), problem, Number(wasLive), replaced],
      ...[model, version],
    );
  }

  tell(model: string, { at, directory, version, what }: HistoryEntry): void {
    this.#sql.exec(
      "INSERT INTO history (model, id, version, at, directory, what) VALUES (?, (SELECT COALESCE(MAX(id), 0) + 1 FROM history WHERE model = ?), ?, ?, ?, ?)",
      ...[model, model, version, at, directory, what],
    );
  }

  /** Writes another name in what was told of models' versions, where one stands that is to be forgotten, as a string of JSON. */
  retell(isOne: (name: string) => boolean, other: string): void {
    for (const { model, id, what } of this.#sql
      .exec<{ model: string; id: number; what: string }>(
        "SELECT model, id, what FROM history WHERE instr(what, '\"') > 0",
      )
      .toArray()) {
      const retold = replaceNames(what, isOne, other);
      if (retold !== what)
        this.#sql.exec("UPDATE history SET what = ? WHERE model = ? AND id = ?", ...[retold, model, id]);
    }
  }

  /** The newest first. */
  history(model: string): HistoryEntry[] {
    return this.#sql
      .exec<HistoryEntry>(
        "SELECT at, directory, version, what FROM history WHERE model = ? ORDER BY id DESC LIMIT ?",
        ...[model, HISTORY_LENGTH],
      )
      .toArray();
  }
}

const readRow = ({ spec, graph, wanted, created_at, ready, was_live, ...rest }: Row): RegisteredVersion => ({
  model: rest.model,
  version: rest.version,
  stage: rest.stage,
  share: rest.share,
  wanted: wanted === null ? null : JSON.parse(wanted),
  spec: JSON.parse(spec),
  graph: graph === null ? null : JSON.parse(graph),
  createdAt: created_at,
  ready: ready === 1,
  problem: rest.problem,
  wasLive: was_live === 1,
  replaced: rest.replaced,
});
