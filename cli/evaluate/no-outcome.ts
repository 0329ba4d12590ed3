import { UsageError } from "../command.ts";

/** What is said of a log that nothing can be learned from. It may have been read as what it is not: nearly any line is a line of VW's text. */
export const noOutcome = (name: string, without: number): UsageError =>
  new UsageError(
    without === 0
      ? `${name} is empty.`
      : `${name} has no decision with an outcome (${without} without). If that is wrong, say with --format what it is.`,
  );
