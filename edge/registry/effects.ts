import { deadline } from "../storage/clock.ts";
import { MAX_RETRY_DELAY, RETRY_DELAY } from "./limits.ts";

/**
 * What is to be done outside the registry: `configure` a trainer (`home-hero@2`), write the `directory` and move its pointer, `notify` a channel
 * (`home-hero/0`) of that, write the `keys` and move theirs, write the `exclusions` of a model.
 */
export type Effect = {
  id: number;
  kind: "configure" | "directory" | "notify" | "keys" | "exclusions";
  target: string;
  /** Number of the directory that asked for it. */
  directory: number;
  attempts: number;
  /** When it may be tried again, ms since the epoch. */
  not_before: number;
};

type Hooks = {
  /** Does an effect. @returns what is to be written with its being done, in one transaction. */
  perform(effect: Effect): Promise<() => void>;
  /** An effect failed, and will be tried again. */
  failed(effect: Effect, error: unknown): void;
  /** Something was done, or failed. */
  progress(): void;
};

/**
 * Effects that were asked for in the transaction of a change, carried out until they are done. Each may be done more than once, and none of one kind
 * and target while another of these is under way. Those that fail delay no others.
 */
export class Effects {
  readonly #storage: DurableObjectStorage;
  readonly #hooks: Hooks;
  readonly #underWay = new Set<string>();
  #progress = Promise.withResolvers<void>();

  constructor(storage: DurableObjectStorage, hooks: Hooks) {
    this.#storage = storage;
    this.#hooks = hooks;
  }

  /** Asks for an effect. Whoever asks for what was asked for already asks anew. */
  add(kind: Effect["kind"], target: string, directory: number): void {
    this.#storage.sql.exec(
      "INSERT INTO effects (kind, target, directory, attempts, not_before) VALUES (?, ?, ?, 0, 0)",
      ...[kind, target, directory],
    );
  }

  /** An effect that was asked for and is not done; null when there is none. */
  find(kind: Effect["kind"], target: string): Effect | null {
    const [row] = this.#storage.sql
      .exec<Effect>("SELECT * FROM effects WHERE kind = ? AND target = ?", kind, target)
      .toArray();
    return row ?? null;
  }

  /** How many of which kind are not done. */
  waiting(): Record<Effect["kind"], number> {
    const counts = { configure: 0, directory: 0, notify: 0, keys: 0, exclusions: 0 };
    for (const { kind, n } of this.#storage.sql.exec<{ kind: Effect["kind"]; n: number }>(
      "SELECT kind, count(*) AS n FROM effects GROUP BY kind",
    ))
      counts[kind] = n;
    return counts;
  }

  /** When the next is to be tried, ms since the epoch; null when there is nothing to be done. */
  next(): number | null {
    const { at } = this.#storage.sql.exec<{ at: number | null }>("SELECT MIN(not_before) AS at FROM effects").one();
    return at && deadline(at, MAX_RETRY_DELAY);
  }

  /** Begins whatever is to be done by now. @param written number of the directory that the pointer leads to: nobody is notified of another. */
  begin(written: number): void {
    const due = this.#storage.sql
      .exec<Effect>("SELECT * FROM effects WHERE kind <> 'notify' OR directory <= ? ORDER BY id", written)
      .toArray()
      .filter((effect) => deadline(effect.not_before, MAX_RETRY_DELAY) <= Date.now());
    for (const effect of due) void this.#carryOut(effect);
  }

  /** Resolves when something was done, or failed. */
  progress(): Promise<void> {
    return this.#progress.promise;
  }

  get idle(): boolean {
    return this.#underWay.size === 0;
  }

  async #carryOut(effect: Effect): Promise<void> {
    const key = `${effect.kind} ${effect.target}`;
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    try {
      const write = await this.#hooks.perform(effect);
      this.#storage.transactionSync(() => {
        // Asked for again meanwhile, it is another row.
        this.#storage.sql.exec("DELETE FROM effects WHERE id = ?", effect.id);
        write();
      });
    } catch (error) {
      const pause = Math.min(RETRY_DELAY * 2 ** effect.attempts, MAX_RETRY_DELAY);
      this.#storage.transactionSync(() => {
        this.#storage.sql.exec(
          "UPDATE effects SET attempts = attempts + 1, not_before = ? WHERE id = ?",
          ...[Date.now() + pause, effect.id],
        );
        this.#hooks.failed(effect, error);
      });
    }
    this.#underWay.delete(key);
    const { resolve } = this.#progress;
    this.#progress = Promise.withResolvers();
    resolve();
    this.#hooks.progress();
  }
}
