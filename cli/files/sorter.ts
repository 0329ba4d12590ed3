import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linesOf } from "./lines.ts";

/** Characters of JSON that are kept in memory, at two bytes each, before they go to a temporary file. */
const RUN = 32 * 2 ** 20;

/**
 * Sorts more than fits into memory (external merge sort): what is added is sorted in runs, of which each goes to a temporary file, and
 * the runs are merged as they are read. What fits into one run stays in memory.
 */
export class Sorter<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #runSize: number;
  #items: T[] = [];
  #size = 0;
  #directory: string | null = null;
  readonly #files: string[] = [];

  /** @param compare as for `sort`; equal items come in the order in which they were added. @param runSize characters of JSON. */
  constructor(compare: (a: T, b: T) => number, runSize = RUN) {
    this.#compare = compare;
    this.#runSize = runSize;
  }

  /** How many runs went to files. */
  get runs(): number {
    return this.#files.length;
  }

  /** @param item that JSON can hold. @param size how many characters that is, about. */
  add(item: T, size: number): void {
    this.#items.push(item);
    this.#size += size;
    if (this.#size > this.#runSize) this.#spill();
  }

  /** All items in their order. To be read once. */
  async *sorted(): AsyncGenerator<T> {
    const last = this.#items.sort(this.#compare);
    const runs = [...this.#files.map((file) => read<T>(file)), from(last)];
    try {
      const heads = await Promise.all(runs.map((run) => run.next()));
      for (;;) {
        let first = -1;
        for (const [i, head] of heads.entries())
          if (!head.done && (first < 0 || this.#compare(head.value, heads[first]!.value) < 0)) first = i;
        if (first < 0) return;
        yield heads[first]!.value;
        heads[first] = await runs[first]!.next();
      }
    } finally {
      await Promise.all(runs.map((run) => run.return(undefined)));
      this.remove();
    }
  }

  /** Removes the temporary files. */
  remove(): void {
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = null;
  }

  #spill(): void {
    this.#directory ??= mkdtempSync(join(tmpdir(), "edgewise-sort-"));
    const file = join(this.#directory, String(this.#files.length));
    const sorted = this.#items.sort(this.#compare);
    writeFileSync(file, sorted.map((item) => `${JSON.stringify(item)}\n`).join(""));
    this.#files.push(file);
    this.#items = [];
    this.#size = 0;
  }
}

async function* read<T>(file: string): AsyncGenerator<T> {
  for await (const line of linesOf(file)) yield JSON.parse(line) as T;
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
