/**
 * Arguments in which what follows one of these options is its value, also when it begins with a dash, as one of 64 sessions does: Node takes that for another option.
 * @param options their names, such as `session`.
 * @example dashedValues(["--session", "-x"], ["session"]) // ["--session=-x"]
 */
export function dashedValues(args: readonly string[], options: readonly string[]): string[] {
  const whole: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [arg, value] = [args[i]!, args[i + 1]];
    const isTaken = options.some((name) => arg === `--${name}`) && value?.startsWith("-") && !value.startsWith("--");
    if (isTaken) i++;
    whole.push(isTaken ? `${arg}=${value}` : arg);
  }
  return whole;
}
