import { Presets, SingleBar } from "cli-progress";

/** A progress bar on a terminal; elsewhere a line every tenth of the way. Writes to stderr, so that stdout is the result. */
export class Progress {
  readonly #total: number;
  readonly #unit: string;
  readonly #started = performance.now();
  readonly #bar: SingleBar | null;
  #done = 0;

  /** @param total 0 when it is not known. */
  constructor(total: number, unit: string) {
    this.#total = total;
    this.#unit = unit;
    this.#bar = process.stderr.isTTY
      ? new SingleBar(
          {
            stream: process.stderr,
            format: total > 0 ? `{bar} {percentage} % | {value}/{total} ${unit} | {note}` : `{value} ${unit} | {note}`,
            hideCursor: true,
            fps: 8,
          },
          Presets.rect,
        )
      : null;
    this.#bar?.start(total, 0, { note: "" });
  }

  /** @param note What to show beside it, such as the result so far. */
  advance(note: () => string): void {
    this.#done++;
    if (this.#bar) {
      this.#bar.increment(1, this.#done % 50 === 0 ? { note: `${this.perSecond()}/s ${note()}` } : {});
      return;
    }
    const step = this.#total > 0 ? Math.max(1, Math.round(this.#total / 10)) : 1000;
    if (this.#done % step === 0)
      console.error(
        `${this.#done}${this.#total > 0 ? `/${this.#total}` : ""} ${this.#unit}, ${this.perSecond()}/s ${note()}`.trim(),
      );
  }

  /** That so many are done, where somebody else counts. */
  reach(done: number): void {
    const tenth = (n: number) => (this.#total > 0 ? Math.floor((10 * n) / this.#total) : 0);
    const before = this.#done;
    this.#done = done;
    if (this.#bar) this.#bar.update(done, { note: `${this.perSecond()}/s` });
    else if (tenth(done) > tenth(before)) console.error(`${done}/${this.#total} ${this.#unit}, ${this.perSecond()}/s`);
  }

  /** Units done a second, so far. */
  perSecond(): number {
    return Math.round((1000 * this.#done) / (performance.now() - this.#started));
  }

  /** Says something without spoiling the bar. */
  say(message: string): void {
    if (this.#bar) process.stderr.write(`\r\x1b[2K${message}\n`);
    else console.error(message);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
