import { errorFields, writeOutput } from "../observe/output.ts";
import type { Retry } from "../storage/retry.ts";
import type { Waking } from "../storage/waking.ts";
import { WORK_LEASE } from "./limits.ts";
import type { Failing } from "./messages.ts";

/** As the time of a task: now. */
export const AT_ONCE = Number.NEGATIVE_INFINITY;

/** Something to do, from `at` on, ms since the epoch; when it fails, not before its retry. `what`: it, after "could not". */
export type Task = { at: number; what: string; retry: Retry; run(): Promise<void> | void };

/**
 * The work of an object, one task at a time. An alarm is always set for the next, so that it is done whatever ends the
 * object before.
 */
export class Work {
  readonly #name: string;
  readonly #waking: Waking;
  readonly #tasks: () => Iterable<Task>;
  #working: Promise<void> | null = null;
  /** What could not be done the last time that it was tried. */
  readonly #failing = new Map<string, Failing>();

  /** @param tasks all that there is to do, now or later, the most urgent first. @param name whose work it is. */
  constructor(name: string, waking: Waking, tasks: () => Iterable<Task>) {
    this.#name = name;
    this.#waking = waking;
    this.#tasks = tasks;
  }

  /** What could not be done for longest; null: nothing. */
  get failing(): Failing | null {
    if (this.#failing.size === 0) return null;
    const tasks = new Set(Array.from(this.#tasks(), ({ what }) => what));
    const failing = [...this.#failing.values()].filter(({ what }) => tasks.has(what));
    return failing.sort((a, b) => a.since - b.since)[0] ?? null;
  }

  /** Sets the alarm for the next thing to do. To be called in the turn that changed what there is to do. */
  arm(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const task of this.#tasks()) next = Math.min(next, dueAt(task));
    if (next < Number.POSITIVE_INFINITY) this.#waking.noLaterThan(Math.max(next, Date.now()));
  }

  /** Does all that is due. Those who call meanwhile share the work. Never throws: what fails is said, and done again later. */
  do(): Promise<void> {
    this.#working ??= this.#workOff().finally(() => {
      this.#working = null;
      this.arm();
    });
    return this.#working;
  }

  async #workOff(): Promise<void> {
    for (let task = this.#due(); task; task = this.#due()) {
      this.#waking.noLaterThan(Date.now() + WORK_LEASE);
      await this.#try(task);
    }
  }

  #due(): Task | null {
    const now = Date.now();
    for (const task of this.#tasks()) if (dueAt(task) <= now) return task;
    return null;
  }

  async #try({ what, retry, run }: Task): Promise<void> {
    try {
      await run();
      retry.succeeded();
      this.#failing.delete(what);
    } catch (error) {
      const now = Date.now();
      retry.failed(now);
      const problem = error instanceof Error ? error.message : String(error);
      this.#failing.set(what, { what, since: this.#failing.get(what)?.since ?? now, problem });
      writeOutput("error", `a trainer could not ${what}`, { version: this.#name, ...errorFields(error) });
    }
  }
}

const dueAt = ({ at, retry }: Task): number => Math.max(at, retry.notBefore);
