import { Sql } from "./sql.ts";

/**
 * What an object has on disk: its database and its alarm. What is written is durable when it is confirmed, which may take some turns; until then nothing
 * that the object sends leaves it, and when it ends all that is not confirmed is gone, as if it had never been.
 */
export class Disk {
  readonly name: string;
  readonly sql: Sql;
  /** Whether nothing can be written. */
  full = false;
  /** When the object is to be woken, as it sees it, and as it will be after its end; ms since the epoch by its clock. */
  #alarm: number | null = null;
  #durableAlarm: number | null = null;
  /** The alarm whose handler runs: until that returns it is not set, and yet rings again after a crash. */
  #ringing: number | null = null;
  #open = false;
  #depth = 0;

  /** @param file a copy that it begins with; without one it is empty. */
  constructor(name: string, file?: string) {
    this.name = name;
    this.sql = new Sql(() => this.#begin(), file);
  }

  /** Copies what is durable to a file. */
  copy(file: string): void {
    this.confirm();
    this.sql.control(`VACUUM INTO '${file}'`);
  }

  /** Whether something is written that is not confirmed. */
  get unconfirmed(): boolean {
    return this.#open;
  }

  get durableAlarm(): number | null {
    return this.#durableAlarm;
  }

  get alarm(): number | null {
    return this.#alarm;
  }

  setAlarm(at: number | null): void {
    this.#begin();
    this.#alarm = at;
  }

  /** The handler of the alarm begins. */
  rings(): void {
    this.#ringing = this.#alarm;
    this.#alarm = null;
  }

  /** The handler has returned, or failed: then it rings again at `again`, unless it is to ring before. */
  rang(again: number | null): void {
    this.#ringing = null;
    this.setAlarm(again === null ? this.#alarm : Math.min(this.#alarm ?? again, again));
  }

  confirm(): void {
    if (!this.#open) return;
    this.sql.control("COMMIT");
    this.#open = false;
    this.#durableAlarm = this.#alarm ?? this.#ringing;
  }

  lose(): void {
    if (this.#open) this.sql.control("ROLLBACK");
    this.#open = false;
    this.#depth = 0;
    this.#alarm = this.#durableAlarm;
    this.#ringing = null;
  }

  transactionSync<T>(run: () => T): T {
    this.#begin();
    const savepoint = `s${this.#depth++}`;
    this.sql.control(`SAVEPOINT ${savepoint}`);
    try {
      const result = run();
      this.sql.control(`RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      this.sql.control(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  deleteAll(): void {
    this.#begin();
    for (const { name } of this.sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .toArray())
      this.sql.exec(`DROP TABLE "${name}"`);
  }

  #begin(): void {
    if (this.full) throw new Error("database or disk is full: SQLITE_FULL");
    if (this.#open) return;
    this.#open = true;
    this.sql.control("BEGIN");
  }
}

/** `DurableObjectStorage`, as far as the objects use it. @param synced resolves when all that is written is confirmed. */
export class Storage {
  readonly #disk: Disk;
  readonly #synced: () => Promise<void>;

  constructor(disk: Disk, synced: () => Promise<void>) {
    this.#disk = disk;
    this.#synced = synced;
  }

  get sql(): Sql {
    return this.#disk.sql;
  }

  transactionSync<T>(run: () => T): T {
    return this.#disk.transactionSync(run);
  }

  async getAlarm(): Promise<number | null> {
    return this.#disk.alarm;
  }

  async setAlarm(at: number | Date): Promise<void> {
    this.#disk.setAlarm(Number(at));
  }

  async deleteAlarm(): Promise<void> {
    this.#disk.setAlarm(null);
  }

  sync(): Promise<void> {
    return this.#disk.unconfirmed ? this.#synced() : Promise.resolve();
  }

  async deleteAll(): Promise<void> {
    this.#disk.deleteAll();
  }
}
