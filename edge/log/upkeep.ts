import { errorFields, writeOutput } from "../observe/output.ts";
import { Retry } from "../storage/retry.ts";
import { DELIVERY_DELAY, MAX_UPKEEP_PAUSE, RETRY } from "./limits.ts";

/**
 * A part of the upkeep. `name`: what lines call it. `dueAt`: when it has something to do, ms since the epoch; null: never. `step` does some of it, in a transaction; `work` does, too, and
 * waits for others, so it makes transactions of its own.
 */
export type Chore = { name: string; dueAt(): number | null } & ({ step(): void } | { work(): Promise<void> });

/**
 * What a partition does in the background, in small steps, each a transaction: so it costs nobody more than some milliseconds, and after a crash goes on where it was.
 * Between steps others have as long for theirs. A chore that fails is tried again after a while, and holds up no other.
 */
export class Upkeep {
  readonly #storage: DurableObjectStorage;
  readonly #name: string;
  readonly #chores: readonly { chore: Chore; retry: Retry }[];
  readonly #ended: () => void;
  #isRunning = false;

  /** @param ended called when nothing is left to do for now. */
  constructor(storage: DurableObjectStorage, name: string, chores: readonly Chore[], ended: () => void) {
    this.#storage = storage;
    this.#name = name;
    this.#chores = chores.map((chore) => ({ chore, retry: new Retry(RETRY) }));
    this.#ended = ended;
  }

  /** Does what is due, unless that is being done. @returns when the object is to be woken for the rest, ms since the epoch; null: there is none. */
  begin(): number | null {
    const now = Date.now();
    const dueAt = Math.min(...this.#chores.map(dueAtOf));
    if (dueAt === Number.POSITIVE_INFINITY) return null;
    if (dueAt > now) return dueAt;
    if (!this.#isRunning) void this.#run();
    // So that a crash forgets nothing of it.
    return now + RETRY.cap;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await scheduler.wait(DELIVERY_DELAY);
      for (let next = this.#next(); next; next = this.#next()) {
        const started = performance.now();
        await this.#do(next);
        // The clock stands still while an object computes; it goes on when the object has waited for something.
        await scheduler.wait(0);
        await scheduler.wait(Math.min(performance.now() - started, MAX_UPKEEP_PAUSE));
      }
    } finally {
      this.#isRunning = false;
      this.#ended();
    }
  }

  /** Does some of a chore. Never throws. */
  async #do({ chore, retry }: { chore: Chore; retry: Retry }): Promise<void> {
    try {
      if ("work" in chore) await chore.work();
      else this.#storage.transactionSync(() => chore.step());
      retry.succeeded();
    } catch (error) {
      retry.failed(Date.now());
      writeOutput("error", "the upkeep of a partition failed, and is tried again", {
        partition: this.#name,
        chore: chore.name,
        ...errorFields(error),
      });
    }
  }

  #next(): { chore: Chore; retry: Retry } | undefined {
    const now = Date.now();
    return this.#chores.find((one) => dueAtOf(one) <= now);
  }
}

/** When a chore has something to do, and may be tried, ms since the epoch; Infinity: never. */
const dueAtOf = ({ chore, retry }: { chore: Chore; retry: Retry }): number =>
  Math.max(chore.dueAt() ?? Number.POSITIVE_INFINITY, retry.notBefore);
