import { closeSync, openSync, writeSync } from "node:fs";

/** A file of what the server has acknowledged, a line each, written at once: to hold the server's log against. */
export class AckLog {
  readonly #file: number | null;

  /** @param path Is appended to; undefined: nothing is written. */
  constructor(path: string | undefined) {
    this.#file = path === undefined ? null : openSync(path, "a");
  }

  decision(id: string, chosen: string): void {
    this.#write(["decision", id, chosen]);
  }

  feedback(id: string, value: number): void {
    this.#write(["feedback", id, String(value)]);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  #write(fields: string[]): void {
    if (this.#file !== null) writeSync(this.#file, `${fields.join("\t")}\n`);
  }
}
