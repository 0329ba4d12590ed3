import type { OnRead } from "./chunks.ts";
import type { LineProblems } from "./line-problems.ts";
import { readLines } from "./lines.ts";
import { readingError } from "./reading-error.ts";

/** Takes the lines of a file one by one. */
export type LineReader = {
  /** @throws InputError saying what is wrong with the line. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** The line before could not be read: what it is a part of is left out. */
  spoil(): void;
  end(): void;
};

/**
 * Gives a file to a reader, line by line, and leaves out what it cannot use.
 * @param name what to call the file. @param readerOf is given what tells the line that is being read.
 * @throws UsageError naming the file, or the first line that cannot be used where that ends the reading.
 */
export async function readThrough(
  { file, name }: { file: string; name: string },
  problems: LineProblems,
  readerOf: (line: () => number) => LineReader,
  onRead?: OnRead,
): Promise<void> {
  let line = 0;
  const reader = readerOf(() => line);
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      reader.spoil();
      problems.leaveOut(line, error);
    }
  };
  try {
    await readLines(
      file,
      (bytes, start, end) => {
        line++;
        attempt(() => reader.line(bytes, start, end));
      },
      onRead,
    );
    attempt(() => reader.end());
  } catch (error) {
    throw readingError(name, line, error);
  }
}
