import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { policies, policyOf } from "./all-policies.ts";
import * as list from "./policies.ts";
import type { Beliefs } from "./policy.ts";
import { committeeOf, type Policy } from "./policy-of.ts";

/** What every policy of the list must do, whatever its parameters. */

/** Parameters as the schema of the policy allows them. */
const anySpec = (policy: (typeof policies)[number]): fc.Arbitrary<Policy> => {
  const { properties } = z.toJSONSchema(policy.schema(z)) as { properties: Record<string, Field> };
  return fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, anyValue(field)])),
  ) as unknown as fc.Arbitrary<Policy>;
};
type Field = {
  const?: unknown;
  anyOf?: Field[];
  type?: "number" | "integer" | "null";
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
};
function anyValue({ const: only, anyOf, type, minimum, maximum, exclusiveMinimum }: Field): fc.Arbitrary<unknown> {
  if (only !== undefined) return fc.constant(only);
  if (anyOf) return fc.oneof(...anyOf.map(anyValue));
  if (type === "null") return fc.constant(null);
  const [min, max] = [minimum ?? exclusiveMinimum ?? 0, Math.min(maximum ?? 1e6, 1e6)];
  if (type === "integer") return fc.integer({ min, max });
  const number = fc.double({ noNaN: true, min, max, minExcluded: exclusiveMinimum !== undefined });
  return exclusiveMinimum === undefined ? fc.oneof(fc.constantFrom(min, max), number) : number;
}

const score = fc.oneof(
  fc.double({ noNaN: true, min: -10, max: 10 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, 1.00001, 1e-300, -1e308, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
);
const scores = fc.array(score, { minLength: 1, maxLength: 50 });
const examples = fc.nat(1e9);
/** What a model may think of 1 to 50 actions, and what it takes the policy. */
const anyBelief = (policy: (typeof policies)[number]) =>
  fc.record({ spec: anySpec(policy), count: fc.integer({ min: 1, max: 50 }) }).chain(({ spec, count }) => {
    const one = fc.array(score, { minLength: count, maxLength: count });
    const heads = committeeOf(spec)?.heads ?? 0;
    const deviation = fc.double({ noNaN: true, min: 0, max: 1e6 });
    return fc.record({
      spec: fc.constant(spec),
      beliefs: fc.record({
        scores: one,
        committee: fc.array(one, { minLength: heads, maxLength: heads }),
        deviations: fc.array(deviation, { minLength: count, maxLength: count }),
      }) satisfies fc.Arbitrary<Beliefs>,
    });
  });
const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
const named = policies.map((policy) => [policy.type, policy] as const);

describe.each(named)("%s, as every policy,", (type, policy) => {
  test("is found by its tag, and its defaults are valid", () => {
    expect(policyOf(policy.defaults)).toBe(policy);
    expect(policy.schema(z).parse(policy.defaults)).toEqual(policy.defaults);
    expect(policy.defaults.type).toBe(type);
    expect(Object.keys(list)).toContain(type);
    for (const parameter of policy.commandLine.takes) expect(policy.defaults).toHaveProperty(parameter);
  });

  test("has no negative probability, and sums to 1", () => {
    fc.assert(
      fc.property(anyBelief(policy), examples, ({ spec, beliefs }, n) => {
        const result = policy.distribution(spec, beliefs, { examples: n });
        expect(result).toHaveLength(beliefs.scores.length);
        expect(result.every((x) => x >= 0 && x <= 1)).toBe(true);
        expect(Math.abs(sum(result) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  test("keeps epsilon / K for every action, if it has an epsilon", () => {
    fc.assert(
      fc.property(anyBelief(policy), examples, ({ spec, beliefs }, n) => {
        const least = ("epsilon" in spec && spec.epsilon) || 0;
        for (const x of policy.distribution(spec, beliefs, { examples: n }))
          expect(x).toBeGreaterThanOrEqual((least / beliefs.scores.length) * (1 - 1e-9));
      }),
    );
  });

  test("counts no propensity as more than a uniform choice's, nor as nothing", () => {
    fc.assert(
      fc.property(anySpec(policy), fc.integer({ min: 1, max: 1000 }), examples, (spec, count, n) => {
        // Divided by the number of actions, the least number is none.
        fc.pre(!("epsilon" in spec && spec.epsilon !== null && spec.epsilon > 0 && spec.epsilon < 1e-300));
        const least = policy.leastPropensity(spec, count, n);
        expect(least).toBeGreaterThan(0);
        expect(least).toBeLessThanOrEqual((1 + 1e-9) / count);
      }),
    );
  });

  test("is certain with one action", () => {
    fc.assert(
      fc.property(anyBelief(policy), examples, ({ spec, beliefs }, n) => {
        const first = (values: ArrayLike<number>) => [values[0]!];
        const one = {
          scores: first(beliefs.scores),
          committee: beliefs.committee.map(first),
          deviations: first(beliefs.deviations),
        };
        expect(policy.distribution(spec, one, { examples: n })[0]).toBeCloseTo(1, 14);
      }),
    );
  });

  test.runIf(committeeOf(policy.defaults) === null && !policy.needsDeviations)(
    "never gives a higher score a lower probability",
    () => {
      fc.assert(
        fc.property(anySpec(policy), scores, examples, (spec, s, n) => {
          const result = policy.distribution(spec, { scores: s }, { examples: n });
          for (let i = 0; i < s.length; i++)
            for (let j = 0; j < s.length; j++)
              if (s[i]! > s[j]!) expect(result[i]).toBeGreaterThanOrEqual(result[j]! - 1e-15);
        }),
      );
    },
  );

  test("refuses no scores and scores that are no numbers", () => {
    const { defaults } = policy;
    const heads = committeeOf(defaults)?.heads ?? 0;
    const of = (s: number[]) => ({ scores: s, committee: Array<number[]>(heads).fill(s), deviations: s.map(() => 1) });
    expect(() => policy.distribution(defaults, of([]), { examples: 0 })).toThrow("there are no scores");
    expect(() => policy.distribution(defaults, of([1, Number.NaN]), { examples: 0 })).toThrow(
      "score 1 is not a number",
    );
  });

  test("refuses to guess what the snapshot lacks", () => {
    const decide = () => policy.distribution(policy.defaults, { scores: [1, 2] }, { examples: 0 });
    if (committeeOf(policy.defaults)) expect(decide).toThrow("needs a committee, and the snapshot has none");
    else if (policy.needsDeviations) expect(decide).toThrow("needs deviations, and the snapshot has none");
    else expect(decide).not.toThrow();
  });
});

describe.each([list.epsilonGreedy, list.squareCb, list.softmax] as unknown as typeof policies)(
  "a policy that looks at nothing but the scores, $type,",
  (policy) => {
    test("does not depend on the order of the actions", () => {
      fc.assert(
        fc.property(anySpec(policy), scores, examples, fc.infiniteStream(fc.nat()), (spec, s, n, keys) => {
          const order = s.map((_, i) => ({ i, key: keys.next().value! })).sort((a, b) => a.key - b.key);
          const result = policy.distribution(spec, { scores: s }, { examples: n });
          const permuted = policy.distribution(spec, { scores: order.map(({ i }) => s[i]!) }, { examples: n });
          order.forEach(({ i }, at) => {
            expect(Math.abs(permuted[at]! - result[i]!)).toBeLessThan(1e-12);
          });
        }),
      );
    });

    test("is uniform when all are tied", () => {
      fc.assert(
        fc.property(anySpec(policy), score, fc.integer({ min: 1, max: 50 }), examples, (spec, s, count, n) => {
          for (const x of policy.distribution(spec, { scores: Array(count).fill(s) }, { examples: n }))
            expect(x).toBeCloseTo(1 / count, 12);
        }),
      );
    });
  },
);

test("a policy that this release does not know is said to be none", () => {
  expect(() => policyOf({ type: "greedier" } as unknown as Policy)).toThrow('this release knows no policy "greedier"');
});

test("no two policies have one name", () => {
  for (const names of [policies.map(({ type }) => type), policies.map(({ commandLine }) => commandLine.name)])
    expect(new Set(names).size).toBe(names.length);
});
