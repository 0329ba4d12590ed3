import { UsageError } from "../command.ts";
import { SHORT, SWITCHES, supported, VALUES } from "./option-names.ts";

/** The options that a command line gives, by VW's long names. */
export class GivenOptions {
  readonly #given = new Map<string, string[]>();

  /** @throws UsageError naming an option that is not supported here. */
  constructor(args: readonly string[]) {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      const { name, value } = split(arg);
      const isSwitch = SWITCHES.includes(name);
      if (!isSwitch && !VALUES.includes(name))
        throw new UsageError(
          `${arg.replace(/=.*/s, "")} is not an option of VW that \`edgewise vw\` supports. It supports: ${supported()}.`,
        );
      if (isSwitch && value !== null) throw new UsageError(`--${name} takes no value.`);
      const taken = isSwitch ? "" : (value ?? args[++i]);
      if (taken === undefined) throw new UsageError(`--${name} needs a value.`);
      this.#given.set(name, [...this.all(name), taken]);
    }
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  all(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** Its last value. */
  text(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** A number, as 32 bits hold it. */
  number(name: string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Math.fround(Number(text));
    if (!Number.isFinite(value) || value < least)
      throw new UsageError(`--${name} must be a number${least === 0 ? " from 0" : ""}, not ${JSON.stringify(text)}.`);
    return value;
  }

  whole(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const n = Number(value);
    if (!/^\d+$/.test(value) || n < least || n > most)
      throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
    return n;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined || (values as readonly string[]).includes(text)) return text as T | undefined;
    throw new UsageError(`--${name} must be one of ${values.join(", ")}, not ${JSON.stringify(text)}.`);
  }
}

/** `--name`, `--name=value`, `-n`, `-nvalue`; a word alone is the data. */
function split(arg: string): { name: string; value: string | null } {
  if (arg.startsWith("--")) {
    const at = arg.indexOf("=");
    return at < 0 ? { name: arg.slice(2), value: null } : { name: arg.slice(2, at), value: arg.slice(at + 1) };
  }
  if (!arg.startsWith("-") || arg === "-") return { name: "data", value: arg };
  return { name: SHORT[arg[1]!] ?? arg.slice(1), value: arg.length > 2 ? arg.slice(2) : null };
}
