import type { z } from "zod";
import { leastCounted } from "./least-counted.ts";

/**
 * What everybody knows of a policy: each is one file with one `definePolicy`, and stands in the list, policies.ts. Specs, pages, edge,
 * trainers and `edgewise evaluate` find it there. (What Vowpal Wabbit calls it is in cli/vw/explorations.ts: pages do without.)
 */

/** Zod, as whoever checks specs hands it in: pages decide without it. */
export type Zod = typeof z;

/** What a model thinks of the actions of a decision. */
export type Beliefs = {
  /** One an action; higher is better. */
  scores: ArrayLike<number>;
  /** The scores by each head, where several vote. */
  committee?: readonly ArrayLike<number>[] | undefined;
  /** The standard deviation of each score, of a learner that knows it. */
  deviations?: ArrayLike<number> | undefined;
  /** What each score may be wrong by, of a learner that knows it, in units of what rewards scatter by: `Experience.rewardRange` / 2. */
  widths?: ArrayLike<number> | undefined;
};

/** What it had learned from when it came to think so. */
export type Experience = {
  /** How many examples were learned. */
  examples: number;
  /** The unit of gaps between scores, above 0: the width of the range of the rewards, or of what they scatter by (bandit/observed-spread.ts). 1 when it is left out. */
  rewardRange?: number;
};

/** Several heads that vote, and how they come to differ (bandit/reductions). */
export type Committee =
  /** Each learns an example as often as a Poisson draw says. An action is worth what they say on average. */
  | { by: "bootstrap"; heads: number }
  /**
   * Each is rewarded by `psi` for what those before it leave out, and `floor` is the least probability of each of `count` actions then.
   * An action is worth what the first says.
   */
  | { by: "cover"; heads: number; psi: number; floor(count: number, examples: number): number };

/** Schemas of a policy's parameters, by their names. */
type Fields = z.ZodRawShape;
type Parameters<F extends Fields> = z.infer<z.ZodObject<F>>;
type Spec<Tag extends string, F extends Fields> = { type: Tag } & Parameters<F>;

/** What everybody asks of a policy. `Spec` is how it stands in a spec: its tag, `type`, and its parameters. */
export interface PolicyDefinition<Spec extends { type: string }> {
  readonly type: Spec["type"];
  /** What an author who says nothing gets. */
  readonly defaults: Spec;
  schema(zod: Zod): z.ZodObject & z.ZodType<Spec>;
  /**
   * The distribution that the policy samples from: a pure function, bit for bit alike everywhere.
   * @returns the probability of each action; they sum to 1 within 1e-12.
   * @throws RangeError when there is no score, or one is NaN.
   * @throws Error when it needs a committee or deviations and is given none.
   */
  distribution(spec: Spec, beliefs: Beliefs, experience: Experience): Float64Array;
  /**
   * The least probability that the policy gives an action that it chooses, of `count`: what a propensity under it counts as when an example
   * is weighed by 1 / propensity. That of an honest decision is not under it (but where the policy has no floor, or one that vanishes: there it
   * bounds the variance, Ionides 2008, "Truncated importance sampling"), so it bounds what a false claim can weigh.
   * @param examples how many were learned.
   */
  leastPropensity(spec: Spec, count: number, examples: number): number;
  /** Whether every example counts once when it is learned, not 1 / propensity times: the reduction is mtr then. */
  readonly countsOnce: boolean;
  /** Whether it must know how unsure each score is. */
  readonly needsDeviations: boolean;
  /** The heads that vote; null: one head scores. */
  committee(spec: Spec): Committee | null;
  /** How `edgewise evaluate --policy` calls it, and which parameters may follow: `squarecb:GAMMA[:EXPONENT]`. */
  readonly commandLine: { readonly name: string; readonly takes: readonly string[] };
}

/** What the file of a policy says of it. */
type Own<Tag extends string, F extends Fields> = {
  type: Tag;
  fields(zod: Zod): F;
  defaults: Parameters<F>;
} & Pick<PolicyDefinition<Spec<Tag, F>>, "distribution"> &
  Partial<Pick<PolicyDefinition<Spec<Tag, F>>, "leastPropensity" | "countsOnce" | "needsDeviations" | "committee">>;

/** A policy, which is also the function by which an author writes it: `squareCb({ gamma: 2 })`. */
export type DefinedPolicy<Tag extends string, F extends Fields> = ((
  parameters?: Partial<Parameters<F>>,
) => Spec<Tag, F>) &
  Omit<PolicyDefinition<Spec<Tag, F>>, "schema"> & {
    schema(zod: Zod): z.ZodObject<{ type: z.ZodLiteral<Tag> } & F, z.core.$strict>;
  };

/** What the command line calls a policy, and which of its parameters may follow. */
type Text<F extends Fields> = { readonly name: string; readonly takes: readonly (keyof F & string)[] };

/** What the file of a policy says of it, checked. @example ownPolicy({ type: "greedy", fields: () => ({}), defaults: {}, ... }) */
export function ownPolicy<const Tag extends string, F extends Fields>(own: Own<Tag, F>): Own<Tag, F> {
  return own;
}

/**
 * Defines a policy. What is left out is as of most: nothing is known of its floor, examples count 1 / propensity times, and one head
 * scores.
 */
export function definePolicy<const Tag extends string, F extends Fields>(
  own: Own<Tag, F>,
  commandLine: Text<F>,
): DefinedPolicy<Tag, F> {
  const { type, fields, defaults, ...rest } = own;
  const make = (parameters?: Partial<Parameters<F>>) => ({ type, ...defaults, ...parameters });
  const definition = {
    type,
    defaults: make(),
    schema: (zod: Zod) => zod.strictObject({ type: zod.literal(type), ...fields(zod) }),
    leastPropensity: (_: unknown, count: number) => leastCounted(count),
    countsOnce: false,
    needsDeviations: false,
    committee: () => null,
    commandLine,
    ...rest,
  };
  return Object.assign(make, definition) as unknown as DefinedPolicy<Tag, F>;
}

/** @throws Error when the snapshot lacks what the policy needs. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the policy needs ${what}, and the snapshot has none`);
  return value;
}
