import { UsageError } from "../command.ts";
import { InputError } from "./input-error.ts";

/**
 * What to throw for an error that came while a file was read: for what is wrong with a line, or with the file, a UsageError that names it;
 * else the error itself.
 * @param name what to call the file. @param line that was being read, from 1; 0 before the first.
 */
export function readingError(name: string, line: number, error: unknown): unknown {
  if (error instanceof InputError || error instanceof RangeError)
    return new UsageError(`${name}${line > 0 ? `, line ${line}` : ""}: ${error.message}`);
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? new UsageError(`${name} cannot be read: ${message}`) : error;
}
