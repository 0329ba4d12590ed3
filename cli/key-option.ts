import { UsageError } from "./command.ts";

/**
 * The key that a command calls an edge with: `--key`, or else the environment's EDGEWISE_KEY, where it does not stand in the list of processes. Every command
 * that calls an edge takes it, so it is taken out before the command reads its own options.
 */

/** What help texts say of it. */
export const keyHelp = `  --key KEY  a key of the edge (or EDGEWISE_KEY in the environment); none while it has no keys`;

let given: string | undefined;

/** The key to call with; undefined: none. */
export const callersKey = (): string | undefined => given ?? (process.env.EDGEWISE_KEY || undefined);

/** Takes `--key` out of a command's arguments. @returns the others. @throws UsageError when nothing stands after it. */
export function takeKeyOption(args: readonly string[]): string[] {
  const others: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...others, ...args.slice(i)];
    if (arg !== "--key" && !arg.startsWith("--key=")) {
      others.push(arg);
      continue;
    }
    given = arg === "--key" ? args[++i] : arg.slice("--key=".length);
    if (!given) throw new UsageError("--key needs a key: --key sk_...");
  }
  return others;
}
