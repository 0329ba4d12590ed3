import { writeOutput } from "../observe/output.ts";

/** A file of the archive that the store has not any more, or has otherwise than it was written. */
export type LostFile = { key: string; problem: string };

/** What `readSegmentFile` says of one. In words, since an error that comes from another object has nothing else. */
const LOST = /(\S+\.parquet) (is not in the store|is not what was written)/;

/** The file that an error says is lost; null: it says something else, such as that the store does not answer. */
export function lostFileOf(error: unknown): LostFile | null {
  const [, key, problem] = LOST.exec(error instanceof Error ? error.message : "") ?? [];
  return key === undefined ? null : { key, problem: problem! };
}

/** Most lost files that are told by name. */
const NAMED = 5;

/** Which files of a partition's archive are lost, as far as somebody has looked since the object started. */
export class LostFiles {
  readonly #partition: string;
  readonly #problems = new Map<string, string>();

  constructor(partition: string) {
    this.#partition = partition;
  }

  get keys(): readonly string[] {
    return [...this.#problems.keys()];
  }

  get statistics(): { files: number; named: string[] } {
    const named = [...this.#problems].slice(0, NAMED).map(([key, problem]) => `${key} ${problem}`);
    return { files: this.#problems.size, named };
  }

  /** Somebody could not read something. */
  failed(error: unknown): void {
    const lost = lostFileOf(error);
    if (lost) this.add(lost);
  }

  add({ key, problem }: LostFile): void {
    const isNew = !this.#problems.has(key);
    this.#problems.set(key, problem);
    if (isNew)
      writeOutput("error", "a file of the archive is lost: what is for its decisions is kept among the dead letters", {
        ...{ partition: this.#partition, file: key, problem },
      });
  }

  /** It was read, or is needed no more. */
  found(key: string): void {
    if (this.#problems.delete(key))
      writeOutput("info", "a file of the archive is not lost any more", { partition: this.#partition, file: key });
  }
}
