import type { DecisionRecord } from "../contract/record.ts";
import type { ModelSpec, SessionOperator, StoredOperator } from "../contract/spec.ts";
import type { FeatureValue, FeatureValues } from "../contract/values.ts";

/**
 * Features of session and profile cannot be computed again, because what they were made of is not in the record. What can be told is whether
 * the spec has them, and whether its operators give such values at all. Context and actions are recorded as they came, and need no such look.
 * @returns what is wrong with the first feature that no operator of the spec can have given; null of an honest record.
 * @example recordedFeatureProblem(spec, record) // "sessionFeatures.views must be a whole number from 0, as count gives it"
 */
export function recordedFeatureProblem({ features }: ModelSpec, record: DecisionRecord): string | null {
  return (
    problemIn("sessionFeatures", features.session, record.sessionFeatures, sessionKind) ??
    problemIn("profileFeatures", features.profile, record.profileFeatures, storedKind) ??
    matchProblem(features.action, record)
  );
}

/** Of what actions match; its values have been checked with the record. */
function matchProblem(operators: ModelSpec["features"]["action"], record: DecisionRecord): string | null {
  const { matches = [] } = record.task === "rank" ? record : {};
  const paths = new Set(Object.values(operators).map((operator) => ("event" in operator ? operator.event : null)));
  const known = new Set<string>();
  for (const { event, value } of matches) {
    if (!paths.has(event)) return `matches: ${event} is matched with by no feature of the spec`;
    if (known.size === known.add(`${event} ${value}`).size) return `matches: ${event} has a value twice`;
  }
  return null;
}

/** What an operator gives, in words, and how it is told. */
type Kind = { words: string; is(value: FeatureValue): boolean };

function problemIn<O extends { op: string }>(
  field: "sessionFeatures" | "profileFeatures",
  operators: Record<string, O>,
  values: FeatureValues,
  kindOf: (operator: O) => Kind,
): string | null {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(operators, name)) return `${field}.${name} is no feature of the spec`;
    const operator = operators[name]!;
    const { words, is } = kindOf(operator);
    if (!is(values[name]!)) return `${field}.${name} must be ${words}, as ${operator.op} gives it`;
  }
  return null;
}

/** As features/session-feature.ts says. */
function sessionKind(operator: SessionOperator): Kind {
  switch (operator.op) {
    case "count":
      return { words: "a whole number from 0", is: (value) => Number.isSafeInteger(value) && (value as number) >= 0 };
    case "rate":
      return { words: "a number from 0", is: isPositive };
    case "sum":
      return { words: "a number", is: (value) => typeof value === "number" };
    case "mean":
    case "min":
    case "max":
      return { words: "a number or null", is: (value) => value === null || typeof value === "number" };
    case "last":
      return { words: "a number, a text, true, false or null", is: (value) => !Array.isArray(value) };
    case "lastDistinct":
      return { words: `a list of at most ${operator.n} texts`, is: (value) => isTexts(value, operator.n) };
    case "timeSince":
    case "ratio":
      return { words: "a number from 0, or null", is: (value) => value === null || isPositive(value) };
    case "decayedMean":
      return {
        words: `${operator.size} numbers, or null`,
        is: (value) => value === null || isVector(value, operator.size),
      };
  }
}

/** What is stored for a unit is of the kind of the default. */
function storedKind(operator: StoredOperator): Kind {
  const kind = typeof operator.default;
  return { words: `a ${kind}`, is: (value) => typeof value === kind };
}

const isPositive = (value: FeatureValue): boolean => typeof value === "number" && value >= 0;
const isTexts = (value: FeatureValue, most: number): boolean =>
  Array.isArray(value) && value.length <= most && value.every((x) => typeof x === "string");
const isVector = (value: FeatureValue, size: number): boolean =>
  Array.isArray(value) && value.length === size && value.every((x) => typeof x === "number");
