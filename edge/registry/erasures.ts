import type { Env } from "../env.ts";
import { type ErasureDone, type PartitionStatistics, partitionNames } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { age, deadline } from "../storage/clock.ts";
import { within } from "../storage/within.ts";
import { ErasureTable, isUnderWay, type Relearning } from "./erasure-table.ts";
import {
  ANSWER_LIMIT,
  ERASURE_BATCH,
  ERASURE_LIST,
  ERASURE_MEMORY,
  ERASURE_PERIOD,
  ERASURE_POLL,
  FAILED_POLL_PAUSE,
  MAX_ERASURES,
  RELEARN_GATHER,
  RELEARN_SHARE,
} from "./limits.ts";
import type { ErasureOutcome, RegisteredErasure } from "./messages.ts";

type Hooks = {
  /** Has all versions of a model told what they are to learn, of which the revision has grown. Within a transaction. */
  relearn(model: string): void;
  /** What a model's versions were last told to learn again, and have. @throws Error when one does not answer. */
  relearned(model: string): Promise<{ told: number; done: number }[]>;
  /** A unit is to be forgotten by name, wherever one is found that is its. Within a transaction. @returns models whose exclusions named it. */
  forget(isUnit: (name: string) => boolean): string[];
  /** Something was done. */
  progress(): void;
};

/**
 * Has units erased (docs/adr/0013-erasure.md): first every partition erases what it has of them, then each model with decisions of theirs is learned again
 * without, all that were erased until then in one go. Each step that was done is kept, so after a crash it goes on where it was.
 */
export class Erasures {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  readonly #table: ErasureTable;
  readonly #hooks: Hooks;
  readonly #underWay = new Set<string>();
  /** When each may be asked again. */
  readonly #notBefore = new Map<string, number>();
  #saidOverdue = false;

  constructor(storage: DurableObjectStorage, env: Env, hooks: Hooks) {
    this.#storage = storage;
    this.#env = env;
    this.#table = new ErasureTable(storage.sql);
    this.#hooks = hooks;
  }

  request(unit: string): ErasureOutcome {
    const now = Date.now();
    const full = this.#table.pending >= MAX_ERASURES;
    const id = full ? null : this.#storage.transactionSync(() => this.#table.add(unit, now));
    this.#hooks.progress();
    return id === null ? { full: MAX_ERASURES } : { ok: this.#table.find(id, this.#partitions)! };
  }

  find(id: string): RegisteredErasure | null {
    return this.#table.find(id, this.#partitions);
  }

  list(): RegisteredErasure[] {
    return this.#table.list(this.#partitions, ERASURE_LIST);
  }

  /** Number of the last time that a model was to be learned again; 0: it never was. */
  revision(model: string): number {
    return this.#table.revision(model);
  }

  /** Has models learned again that may have to be: the registry has lost what it knew of their erasures. Within a transaction. */
  relearn(models: readonly string[]): void {
    this.#table.want(models, Date.now());
  }

  /** A trainer was last told this number; of one that the registry does not know yet, it has lost what it knew. */
  told(model: string, revision: number): void {
    const registry = this.revision(model);
    if (revision <= registry) return;
    writeOutput("error", "the registry has lost what it knew of erasures, and has the log learned again", {
      ...{ model, trainers: revision, registry },
    });
    this.#storage.transactionSync(() => this.#table.raise(model, revision, Date.now()));
    this.#hooks.progress();
  }

  /** Begins what is to be done by now. @returns when there is more to do, ms since the epoch; null: nothing. */
  begin(): number | null {
    const now = Date.now();
    const relearnings = this.#table.relearnings();
    if (this.#table.pending === 0) {
      this.#table.forget(now - ERASURE_MEMORY);
      if (!relearnings.some((one) => one.wantedAt !== null || isUnderWay(one))) return null;
    }
    this.#sayOverdue(now);
    for (const partition of this.#partitions)
      this.#once(`partition ${partition}`, () => this.#tell(partition), this.#table.of(partition, 1).length > 0);
    for (const relearning of relearnings) {
      const { model, revision } = relearning;
      if (isUnderWay(relearning)) this.#once(model, () => this.#ask(model, revision), true);
      else this.#once(model, () => this.#relearn(relearning), this.#mayRelearn(relearning, now));
    }
    return now + ERASURE_POLL;
  }

  get #partitions(): string[] {
    return partitionNames(this.#env.PARTITIONS);
  }

  /** Asks one part, unless it is being asked or was a moment ago. Never throws. */
  #once(part: string, ask: () => Promise<void>, isDue: boolean): void {
    const notBefore = deadline(this.#notBefore.get(part) ?? 0, FAILED_POLL_PAUSE);
    if (!isDue || this.#underWay.has(part) || notBefore > Date.now()) return;
    this.#underWay.add(part);
    this.#notBefore.set(part, Date.now() + ERASURE_POLL / 2);
    // In a turn of its own: nothing outside is asked before the transaction that asks for it is written.
    queueMicrotask(async () => {
      try {
        await ask();
      } catch (error) {
        this.#notBefore.set(part, Date.now() + FAILED_POLL_PAUSE);
        writeOutput("error", "units could not be erased, which is tried again", { part, ...errorFields(error) });
      }
      this.#underWay.delete(part);
      this.#hooks.progress();
    });
  }

  /** Tells a partition what is to be erased, and hears what is. */
  async #tell(partition: string): Promise<void> {
    const erasures = this.#table.of(partition, ERASURE_BATCH);
    const answer = await within(
      ANSWER_LIMIT,
      this.#env.PARTITION.getByName(partition)
        .erase(this.#table.key, erasures)
        .then((done: ErasureDone[]) => ({ done })),
    );
    if (!answer) throw new Error(`partition ${partition} has not answered within ${ANSWER_LIMIT / 1000} seconds`);
    const now = Date.now();
    this.#storage.transactionSync(() => {
      for (const { id, isUnit, models } of this.#table.took(partition, answer.done, this.#partitions, now))
        this.#table.wait(id, [...new Set([...models, ...this.#hooks.forget(isUnit)])], now);
    });
  }

  /**
   * Whether a model is to be learned again now. Those that are erased together are left out together; and since a version that learns again learns nothing new
   * meanwhile, it does so for a small part of the time, but in time.
   */
  #mayRelearn({ wantedAt, begunAt, endedAt }: Relearning, now: number): boolean {
    if (wantedAt === null) return false;
    const waited = age(wantedAt);
    if (waited > ERASURE_PERIOD / 2) return true;
    const pause = begunAt === null || endedAt === null ? 0 : (endedAt - begunAt) * (1 / RELEARN_SHARE - 1);
    const isGathered = !this.#table.hasRows || waited > RELEARN_GATHER;
    return isGathered && now >= deadline((endedAt ?? 0) + pause, ERASURE_PERIOD);
  }

  /** Begins it, unless partitions are still erasing what the registry has forgotten. */
  async #relearn({ model, wantedAt }: Relearning): Promise<void> {
    const parts = await this.#erasing();
    if (parts.some(({ erasing }) => erasing > 0) && !this.#table.hasRows && age(wantedAt!) <= ERASURE_PERIOD / 2)
      return;
    this.#storage.transactionSync(() => {
      if (parts.every(({ remembersErased }) => !remembersErased)) return this.#table.unwant(model);
      this.#table.beginRelearning(model, Date.now());
      this.#hooks.relearn(model);
    });
  }

  /** @throws Error when a partition does not answer. */
  async #erasing(): Promise<PartitionStatistics[]> {
    const parts = this.#partitions.map((partition) => this.#env.PARTITION.getByName(partition).statistics());
    const answers = await within(ANSWER_LIMIT, Promise.all(parts));
    if (!answers) throw new Error(`a partition has not answered within ${ANSWER_LIMIT / 1000} seconds`);
    return answers;
  }

  async #ask(model: string, revision: number): Promise<void> {
    const versions = await this.#hooks.relearned(model);
    const told = Math.max(0, ...versions.map((version) => version.told));
    if (told > revision) this.told(model, told);
    else if (versions.every(({ done }) => done >= revision))
      this.#storage.transactionSync(() => this.#table.endRelearning(model, revision, Date.now()));
  }

  #sayOverdue(now: number): void {
    const overdue = this.list().filter(
      ({ requestedAt, doneAt }) => doneAt === null && now - requestedAt > ERASURE_PERIOD,
    );
    if (overdue.length > 0 && !this.#saidOverdue)
      writeOutput("error", "units that were to be erased are not, after the time in which they should be", {
        erasures: overdue.length,
        waitsFor: [...new Set(overdue.flatMap(({ waitsFor }) => waitsFor))].join(", "),
      });
    this.#saidOverdue = overdue.length > 0;
  }
}
