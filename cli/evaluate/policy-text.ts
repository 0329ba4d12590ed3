import { z } from "zod";
import type { Reduction } from "../../shared/contract/spec.ts";
import { type ComparedPolicy, comparedPolicy } from "../../shared/evaluation/compared-policy.ts";
import { policies } from "../../shared/policies/all-policies.ts";
import { UsageError } from "../command.ts";

/** Compared when nobody names any. */
export const DEFAULT_POLICIES = ["logged", "uniform", "epsilon-greedy:0.05", "softmax", "squarecb:0.5"];

const REDUCTIONS: readonly string[] = ["mtr", "ips", "dr", "dm"] satisfies Reduction[];

/** `logged, uniform, squarecb:GAMMA[:EXPONENT], ...`: all that `namedPolicy` reads. */
export const POLICY_USAGE = ["logged", "uniform", ...policies.map(({ commandLine }) => usage(commandLine))].join(", ");

/**
 * Reads a policy of the command line: `logged`, `uniform`, or one of the list (shared/policies/policies.ts) by its name there, with
 * parameters after colons; all that learn by 1 / propensity also with their reduction behind, as `softmax/dr`.
 * @throws UsageError when it is none.
 */
export function namedPolicy(text: string): ComparedPolicy {
  const [rest, reduction = "mtr", ...many] = text.split("/");
  const [name, ...values] = rest!.split(":");
  if (!REDUCTIONS.includes(reduction) || many.length > 0)
    throw new UsageError(`--policy ${text}: after / there can be ${REDUCTIONS.join(", ")}.`);
  if (name === "logged" || name === "uniform") {
    if (values.length > 0) throw new UsageError(`--policy ${text}: ${name} has no parameter.`);
    if (text.includes("/")) throw new UsageError(`--policy ${text}: ${name} does not learn.`);
    return { name, type: name };
  }
  const policy = policies.find(({ commandLine }) => commandLine.name === name);
  if (policy === undefined)
    throw new UsageError(
      `--policy ${JSON.stringify(text)}: there are ${POLICY_USAGE}, with /ips, /dr or /dm behind to learn so.`,
    );
  const { takes } = policy.commandLine;
  if (values.length > takes.length)
    throw new UsageError(`--policy ${text}: it is ${usage(policy.commandLine)}, and takes no other parameter.`);
  const usual: Readonly<Record<string, unknown>> = policy.defaults;
  // Nothing says what no number says; else it is none.
  const none = (key: string) => (usual[key] === null ? null : Number.NaN);
  const given = values.map((value, i) => [takes[i]!, value.trim() === "" ? none(takes[i]!) : Number(value)]);
  const read = policy.schema(z).safeParse({ ...policy.defaults, ...Object.fromEntries(given) });
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new UsageError(`--policy ${text}: ${problems.join("; ")}.`);
  }
  try {
    return comparedPolicy(read.data, reduction as Reduction);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--policy ${error.message}.`);
    throw error;
  }
}

/** `squarecb:GAMMA[:EXPONENT]` */
function usage({ name, takes: [first, ...others] }: (typeof policies)[number]["commandLine"]): string {
  const parameter = (key: string) => `:${key.toUpperCase()}`;
  return `${name}${first === undefined ? "" : parameter(first)}${others.map((key) => `[${parameter(key)}]`).join("")}`;
}
