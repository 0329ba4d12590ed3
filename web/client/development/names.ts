import type { CallOperator, ModelSpec, SessionOperator } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { comparedPath } from "../../../shared/features/read-properties.ts";

/** Names as an author writes them, in specs and in calls. */

/** Of a call, what has properties of its own. */
export type Given = "context" | "action";

/** A feature that reads a property: `device`, or `geo.country`. */
export type Reading = { feature: string; operator: CallOperator; path: string };

/** What reads a property of a namespace: its features, and those of others that are compared with it. */
export const readings = ({ features: { context, action } }: ModelSpec, namespace: Given): Reading[] =>
  [
    ...Object.entries(context).map((named) => ["context", ...named] as const),
    ...Object.entries(action).map((named) => ["action", ...named] as const),
  ].flatMap(([own, feature, operator]) => {
    const compared = operator.op === "similarity" ? comparedPath(operator.to, namespace) : null;
    return [
      ...(own === namespace && "path" in operator ? [{ feature, operator, path: operator.path }] : []),
      ...(compared === null ? [] : [{ feature, operator, path: compared }]),
    ];
  });

/** What a session feature looks at: events of a type, or a property of them. */
export type Listening = { feature: string; type: string; property?: string };

export const listenings = ({ features: { session, action } }: ModelSpec): Listening[] => [
  ...Object.entries(session).flatMap(([feature, operator]) =>
    looksAt(operator).map((source) => ({ feature, ...source })),
  ),
  ...Object.entries(action).flatMap(([feature, operator]) =>
    "event" in operator ? [{ feature, ...propertyIn(operator.event) }] : [],
  ),
];

function looksAt(operator: SessionOperator): Omit<Listening, "feature">[] {
  if ("event" in operator) return [{ type: operator.event }];
  if ("numerator" in operator) return [{ type: operator.numerator }, { type: operator.denominator }];
  return [propertyIn(operator.path)];
}

function propertyIn(path: string): Required<Omit<Listening, "feature">> {
  const dot = path.indexOf(".");
  return { type: path.slice(0, dot), property: path.slice(dot + 1) };
}

/** The paths of properties, those that are nested in one as `geo.country`. */
export function* pathsIn(properties: Properties): Iterable<string> {
  for (const [name, value] of Object.entries(properties))
    if (value === undefined) continue;
    else if (value === null || typeof value !== "object" || Array.isArray(value)) yield name;
    else for (const inner of Object.keys(value)) yield `${name}.${inner}`;
}

/** Whether one of `paths` is this one, or all that is nested in a property. */
export const isAmong = (path: string, paths: ReadonlySet<string>): boolean =>
  paths.has(path) || (path.includes(".") && paths.has(path.slice(0, path.indexOf("."))));

/** What a path names, or undefined. */
export function valueAt(properties: Properties, path: string): unknown {
  if (Object.hasOwn(properties, path)) return properties[path];
  const dot = path.indexOf(".");
  const outer: unknown = dot < 0 ? undefined : properties[path.slice(0, dot)];
  return outer === null || typeof outer !== "object" ? undefined : Reflect.get(outer, path.slice(dot + 1));
}
