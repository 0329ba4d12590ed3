import { errorFields, writeOutput } from "../observe/output.ts";
import { DELIVERY_DELAY, MAX_UPKEEP_PAUSE, RETRY } from "./limits.ts";

/**
 * A part of the upkeep. `dueAt`: when it has something to do, ms since the epoch; null: never. `step` does some of it, in a transaction; `work` does, too, and
 * waits for others, so it makes transactions of its own.
 */
export type Chore = { dueAt(): number | null } & ({ step(): void } | { work(): Promise<void> });

/**
 * What a partition does in the background, in small steps, each a transaction: so it costs nobody more than some milliseconds, and after a crash goes on where it was.
 * Between steps others have as long for theirs.
 */
export class Upkeep {
  readonly #storage: DurableObjectStorage;
  readonly #name: string;
  readonly #chores: readonly Chore[];
  readonly #ended: () => void;
  #isRunning = false;
  /** After a step that failed. */
  #notBefore = 0;

  /** @param ended called when nothing is left to do for now. */
  constructor(storage: DurableObjectStorage, name: string, chores: readonly Chore[], ended: () => void) {
    this.#storage = storage;
    this.#name = name;
    this.#chores = chores;
    this.#ended = ended;
  }

  /** Does what is due, unless that is being done. @returns when the object is to be woken for the rest, ms since the epoch; null: there is none. */
  begin(): number | null {
    const now = Date.now();
    const dueAt = this.#dueAt();
    if (dueAt === null) return null;
    if (Math.max(dueAt, this.#notBefore) > now) return Math.max(dueAt, Math.min(this.#notBefore, now + RETRY.cap));
    if (!this.#isRunning) void this.#run();
    // So that a crash forgets nothing of it.
    return now + RETRY.cap;
  }

  #dueAt(): number | null {
    const times = this.#chores.flatMap((chore) => chore.dueAt() ?? []);
    return times.length > 0 ? Math.min(...times) : null;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await scheduler.wait(DELIVERY_DELAY);
      for (let chore = this.#next(); chore; chore = this.#next()) {
        const started = performance.now();
        if ("work" in chore) await chore.work();
        else {
          const { step } = chore;
          this.#storage.transactionSync(() => step.call(chore));
        }
        // The clock stands still while an object computes; it goes on when the object has waited for something.
        await scheduler.wait(0);
        await scheduler.wait(Math.min(performance.now() - started, MAX_UPKEEP_PAUSE));
      }
    } catch (error) {
      this.#notBefore = Date.now() + RETRY.cap;
      writeOutput("error", "the upkeep of a partition failed, and is tried again", {
        partition: this.#name,
        ...errorFields(error),
      });
    } finally {
      this.#isRunning = false;
      this.#ended();
    }
  }

  #next(): Chore | undefined {
    return this.#chores.find((chore) => (chore.dueAt() ?? Number.POSITIVE_INFINITY) <= Date.now());
  }
}
