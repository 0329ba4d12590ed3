import type { Env } from "../env.ts";

/** Where objects are and stay: https://developers.cloudflare.com/durable-objects/reference/data-location/ */
const JURISDICTIONS = ["eu", "fedramp"] as const;
type Jurisdiction = (typeof JURISDICTIONS)[number];

const NAMESPACES = ["PARTITION", "ARCHIVE_READER", "TRAINER", "CHANNEL", "REGISTRY", "OBSERVER"] as const;

/** How the problem begins of an edge whose JURISDICTION is not what it was, or cannot be. */
export const JURISDICTION_PROBLEM = "JURISDICTION must";

/** The setting; null where objects may be anywhere. @throws Error when there is no such jurisdiction. */
export function jurisdictionOf({ JURISDICTION: setting = "" }: Pick<Env, "JURISDICTION">): Jurisdiction | null {
  if (setting === "") return null;
  const known = JURISDICTIONS.find((name) => name === setting);
  if (!known)
    throw new Error(
      `${JURISDICTION_PROBLEM} be ${JURISDICTIONS.join(" or ")}, or empty, not ${JSON.stringify(setting)}`,
    );
  return known;
}

/**
 * The same bindings, of which every object is in the jurisdiction that is set. An object of the same name in another jurisdiction is another object: so
 * whoever calls objects does it by these.
 * @throws Error when the runtime has no jurisdictions, as workerd on one machine.
 */
export function inJurisdiction<E extends Env>(env: E): E {
  const jurisdiction = jurisdictionOf(env);
  if (jurisdiction === null) return env;
  const located = { ...env };
  for (const name of NAMESPACES)
    try {
      Object.assign(located, { [name]: env[name].jurisdiction(jurisdiction) });
    } catch (error) {
      throw new Error(
        `${JURISDICTION_PROBLEM} be empty here, where all objects are on this machine: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  return located;
}

/** What is wrong with the setting when a directory was made under another; null: nothing. */
export function jurisdictionChange(made: string | undefined, env: Pick<Env, "JURISDICTION">): string | null {
  const [was, is] = [made ?? "", jurisdictionOf(env) ?? ""];
  if (was === is) return null;
  const set = was === "" ? "empty" : JSON.stringify(was);
  return `${JURISDICTION_PROBLEM} not change while there is data, whose objects stay where they are: it is ${JSON.stringify(is)}, and the directory in the store was made when it was ${set}. Set it so again, or begin with another bucket`;
}
