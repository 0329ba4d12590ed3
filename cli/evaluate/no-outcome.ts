import { UsageError } from "../command.ts";
import type { LineProblems } from "../files/line-problems.ts";

/** What is said of a log that nothing can be learned from. It may have been read as what it is not: nearly any line is a line of VW's text. */
export function noOutcome(name: string, without: number, { onlyProblem }: LineProblems): UsageError {
  if (without > 0)
    return new UsageError(
      `${name} has no decision with an outcome (${without} without). If that is wrong, say with --format what it is.`,
    );
  return onlyProblem ?? new UsageError(`${name} is empty.`);
}
