import { z } from "zod";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Stage } from "../../shared/contract/directory.ts";
import type { Exclusions } from "../../shared/contract/exclusion.ts";
import { type ModelSpec, modelSpec } from "../../shared/contract/spec.ts";
import type { TrainerConfig } from "./messages.ts";

/** Which version is trained, and how far it is in its life. It is there as soon as the tables are. */
export class VersionStore {
  readonly #sql: SqlStorage;
  #exclusions: Exclusions;
  readonly model: string;
  readonly version: number;
  readonly spec: ModelSpec;

  /** @throws Error when this release cannot read the spec, or it is of another model. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exclusions = JSON.parse(
      sql.exec<{ exclusions: string }>("SELECT exclusions FROM version").one().exclusions,
    ) as Exclusions;
    const { model, version, spec } = this.#config();
    this.model = model;
    this.version = version;
    const { data, error } = modelSpec.safeParse(JSON.parse(spec));
    // An error of Zod's own crosses to the caller without what it says.
    if (!data) throw new Error(`the spec of ${this.name} cannot be read: ${z.prettifyError(error)}`);
    this.spec = data;
    if (this.spec.name !== model) throw new Error(`the spec of ${this.name} is that of ${this.spec.name}`);
  }

  static create(sql: SqlStorage, { model, version, spec, stage, directory }: TrainerConfig): void {
    sql.exec(
      "INSERT INTO version (one, model, version, spec, stage, directory) VALUES (1, ?, ?, ?, ?, ?)",
      ...[model, version, spec, stage, directory],
    );
  }

  /** `home-hero@2`: the object's name, and that of a reader of the log. */
  get name(): string {
    return `${this.model}@${this.version}`;
  }

  /** @throws Error when a config is not this version's. */
  expect({ model, version, spec }: TrainerConfig): void {
    const known = this.#config();
    if (known.model !== model || known.version !== version || known.spec !== spec)
      throw new Error(`${this.name} was told to train another spec than before: a version never changes`);
  }

  get stage(): Stage {
    return this.#sql.exec<{ stage: Stage }>("SELECT stage FROM version").one().stage;
  }

  /** Takes another stage, unless a later directory has said which. Who comes back from retirement reads again, and has to catch up. */
  take({ stage, directory }: Pick<TrainerConfig, "stage" | "directory">): void {
    if (directory < this.#number("directory")) return;
    if (this.stage === "retired" && stage !== "retired")
      this.#sql.exec("UPDATE version SET caught_up = 0, subscribed = 1");
    this.#sql.exec("UPDATE version SET stage = ?, directory = ?", stage, directory);
  }

  get exclusions(): Exclusions {
    return this.#exclusions;
  }

  /** Writes what is not to be learned; once that is written, `excludeFrom` goes by it. @returns whether it is something else than before. */
  exclude(exclusions: Exclusions | undefined): boolean {
    const before = this.#exclusions;
    if (!isLater(exclusions, before)) return false;
    this.#sql.exec("UPDATE version SET exclusions = ?", JSON.stringify(exclusions));
    return canonicalJson(before.list) !== canonicalJson(exclusions.list);
  }

  excludeFrom(exclusions: Exclusions | undefined): void {
    if (isLater(exclusions, this.#exclusions)) this.#exclusions = exclusions;
  }

  /** Number of the last time that it was to learn again because units were erased. */
  get relearning(): number {
    return this.#number("relearning");
  }

  /** @returns whether it is to learn again. */
  relearn(relearning: number | undefined): boolean {
    if (relearning === undefined || relearning <= this.relearning) return false;
    this.#sql.exec("UPDATE version SET relearning = ?", relearning);
    return true;
  }

  /** Grows whenever it begins to learn anew. */
  get beginning(): number {
    return this.#number("beginning");
  }

  /** Whether it has published what it had learned at the end of every partition since. */
  get caughtUp(): boolean {
    return this.#number("caught_up") === 1;
  }

  set caughtUp(caughtUp: boolean) {
    this.#sql.exec("UPDATE version SET caught_up = ?1 WHERE caught_up != ?1", caughtUp ? 1 : 0);
  }

  /** Whether partitions may think that it reads. */
  get subscribed(): boolean {
    return this.#number("subscribed") === 1;
  }

  set subscribed(subscribed: boolean) {
    this.#sql.exec("UPDATE version SET subscribed = ?", subscribed ? 1 : 0);
  }

  #number(column: "beginning" | "caught_up" | "subscribed" | "directory" | "relearning"): number {
    return this.#sql.exec<{ n: number }>(`SELECT ${column} AS n FROM version`).one().n;
  }

  #config(): Pick<TrainerConfig, "model" | "version" | "spec"> {
    return this.#sql
      .exec<Pick<TrainerConfig, "model" | "version" | "spec">>("SELECT model, version, spec FROM version")
      .one();
  }
}

const isLater = (exclusions: Exclusions | undefined, before: Exclusions): exclusions is Exclusions =>
  exclusions !== undefined && exclusions.revision > before.revision;
