/** What went wrong is the user's to mend: the message says how, and a stack would only hide it. */
export class UsageError extends Error {}

/** Runs a command: errors become one message and exit status 1 (2 for an option that the command does not have). */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code.startsWith("ERR_PARSE_ARGS_")) {
      console.error((error as Error).message);
      process.exitCode = 2;
    } else {
      console.error(error instanceof UsageError ? error.message : error);
      process.exitCode = 1;
    }
  }
}

/**
 * The one argument that a command takes beside its options.
 * @param what it is: `one spec`. @throws UsageError when there is none, or naming those that are too many.
 */
export function oneArgument(positionals: readonly string[], what: string, help: string): string {
  const [argument, ...surplus] = positionals;
  if (argument === undefined) throw new UsageError(`Name ${what}.\n\n${help}`);
  if (surplus.length > 0)
    throw new UsageError(
      `Name ${what} and no more: nobody knows what ${surplus.map((text) => JSON.stringify(text)).join(", ")} would mean after ${argument}.`,
    );
  return argument;
}

/** @throws UsageError naming the option when the text is not a whole number of at least `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${option} must be a whole number of at least ${least}, not ${JSON.stringify(text)}.`);
  return value;
}
