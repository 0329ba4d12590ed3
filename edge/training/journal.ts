import type { Position } from "../log/messages.ts";
import { JOURNAL_BLOCK } from "./limits.ts";

/** A slice that was learned. It began where the one before it of the same log ended. */
export type Learnt = { partition: string; to: Position };
/** Numbers are from 1. */
export type NumberedLearnt = Learnt & { number: number };

/** Slices in a row: `first` is the number of the first. */
type Block = { first: number; slices: Learnt[] };

/**
 * In which order slices of the partitions' logs were learned. Only with it can the logs be learned again to the same bits.
 *
 * Rows that are written cost money: the newest slices stand in the row of the checkpoint, which is written anyway, and go into a row of their own
 * when there are JOURNAL_BLOCK of them.
 */
export class Journal {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The last slice; null when there is none. */
  last(): NumberedLearnt | null {
    const { first, slices } = this.#newest();
    return numbered({ first, slices }, first + slices.length - 1);
  }

  /** The first slice after a number; null when there is none. */
  next(after: number): NumberedLearnt | null {
    const newest = this.#newest();
    const number = after + 1;
    if (number >= newest.first) return numbered(newest, number);
    const [row] = this.#sql.exec<Row>(
      "SELECT number, slices FROM journal WHERE number <= ? ORDER BY number DESC LIMIT 1",
      number,
    );
    if (!row) throw new Error(`the journal has lost slice ${number}`);
    return numbered(blockOf(row), number);
  }

  /** Whether it has a slice of a log. */
  has(partition: string, log: string): boolean {
    const isOf = (learnt: Learnt) => learnt.partition === partition && learnt.to.log === log;
    if (this.#newest().slices.some(isOf)) return true;
    for (const row of this.#sql.exec<Row>("SELECT number, slices FROM journal"))
      if (blockOf(row).slices.some(isOf)) return true;
    return false;
  }

  /**
   * Adds slices. One that goes on where the journal ends lengthens its last, so it grows with changes of partition. To be called in the
   * transaction that commits them.
   * @returns what is to stand in the row of the checkpoint.
   */
  add(learnt: readonly Learnt[]): string {
    let { first, slices } = this.#newest();
    // After a reset they stand in the table.
    this.#sql.exec("DELETE FROM journal WHERE number >= ?", first);
    for (const slice of learnt) {
      const last = slices.at(-1);
      if (last?.partition === slice.partition && last.to.log === slice.to.log) {
        last.to = slice.to;
        continue;
      }
      if (slices.length === JOURNAL_BLOCK) {
        this.#write({ first, slices });
        first += slices.length;
        slices = [];
      }
      slices.push({ ...slice });
    }
    return JSON.stringify({ first, slices } satisfies Block);
  }

  /** Writes down what stands in the row of the checkpoint, which is about to go. */
  detach(): void {
    const newest = this.#newest();
    if (newest.slices.length > 0) this.#write(newest);
  }

  /** As if nothing had ever been learned. To be called when there is no checkpoint. */
  forget(): void {
    this.#sql.exec("DELETE FROM journal");
  }

  #newest(): Block {
    const [row] = this.#sql.exec<{ learnt: string }>("SELECT learnt FROM checkpoint");
    const block = row && (JSON.parse(row.learnt) as Block);
    if (block && block.slices.length > 0) return block;
    const [last] = this.#sql.exec<Row>("SELECT number, slices FROM journal ORDER BY number DESC LIMIT 1");
    return last ? blockOf(last) : { first: 1, slices: [] };
  }

  #write({ first, slices }: Block): void {
    this.#sql.exec("INSERT OR REPLACE INTO journal (number, slices) VALUES (?, ?)", first, JSON.stringify(slices));
  }
}

type Row = { number: number; slices: string };

const blockOf = ({ number, slices }: Row): Block => ({ first: number, slices: JSON.parse(slices) as Learnt[] });

function numbered({ first, slices }: Block, number: number): NumberedLearnt | null {
  const slice = slices[number - first];
  return slice ? { ...slice, number } : null;
}
