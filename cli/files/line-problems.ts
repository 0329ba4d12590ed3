import { UsageError } from "../command.ts";
import { FileKindError } from "./file-kind.ts";
import { InputError } from "./input-error.ts";
import { readingError } from "./reading-error.ts";

/** What could not be used of a file. */
export type Unusable = {
  lines: number;
  /** The first of them. */
  first: { line: number; problem: string }[];
};

/** Is told of a line that is left out. */
export type OnUnusable = (line: number, error: InputError) => void;

/** So many are named. */
const NAMED = 3;

/** Lines of a file that cannot be used: they are left out and counted, and the first are named. */
export class LineProblems {
  readonly #name: string;
  readonly #strict: boolean;
  readonly #onUnusable: OnUnusable;
  readonly #unusable: Unusable = { lines: 0, first: [] };
  readonly #doubtful: Unusable = { lines: 0, first: [] };
  readonly #noted = new Map<string, number>();

  /** @param name what to call the file. @param strict whether the first of them ends the reading. */
  constructor(name: string, strict: boolean, onUnusable: OnUnusable = () => {}) {
    this.#name = name;
    this.#strict = strict;
    this.#onUnusable = onUnusable;
  }

  get unusable(): Unusable {
    return this.#unusable;
  }

  /** Leaves out a line. @throws UsageError when that is not to be done, or what is wrong is not the line. */
  leaveOut(line: number, error: unknown): void {
    if (this.#strict || !(error instanceof InputError) || error instanceof FileKindError)
      throw readingError(this.#name, line, error);
    this.#onUnusable(line, error);
    count(this.#unusable, line, error.message);
  }

  /** Names a line that is read otherwise than it looks. @throws UsageError where the first problem ends the reading. */
  doubt(line: number, problem: string): void {
    if (this.#strict) throw readingError(this.#name, line, new InputError(problem));
    count(this.#doubtful, line, problem);
  }

  /** Counts a line that is no decision, and need not be one. @param what a sentence's end after `N lines`. */
  note(what: string): void {
    this.#noted.set(what, (this.#noted.get(what) ?? 0) + 1);
  }

  /** A sentence each. */
  get notes(): string[] {
    const are = (n: number) => (n === 1 ? "is" : "are");
    return [
      ...this.#named(this.#unusable, (n) => `cannot be used and ${are(n)} left out`),
      ...this.#named(this.#doubtful, (n) => `${are(n)} read otherwise than ${n === 1 ? "it looks" : "they look"}`),
      ...[...this.#noted].map(([what, n]) => `${ofLines(n)} ${what}.`),
    ];
  }

  #named({ lines, first }: Unusable, what: (lines: number) => string): string[] {
    if (lines === 0) return [];
    const named = first.map(({ line, problem }) => `${this.#name}, line ${line}: ${problem}`).join("; ");
    const more = lines > first.length ? `; and ${lines - first.length} more` : "";
    return [`${ofLines(lines)} ${what(lines)}: ${named}${more}.`];
  }

  /** What to say where nothing could be used; null: nothing was wrong with what there was. */
  get onlyProblem(): UsageError | null {
    const [first] = this.#unusable.first;
    if (!first) return null;
    const { lines } = this.#unusable;
    const others = lines > 1 ? ` (and ${lines - 1} other lines cannot be used)` : "";
    return new UsageError(`${this.#name}, line ${first.line}: ${first.problem}${others}`);
  }
}

const ofLines = (n: number): string => (n === 1 ? "1 line" : `${n.toLocaleString("en")} lines`);

function count(of: Unusable, line: number, problem: string): void {
  of.lines++;
  if (of.first.length < NAMED) of.first.push({ line, problem });
}
