import type { CallOperator, ModelSpec } from "../contract/spec.ts";
import type { Properties } from "../contract/values.ts";

/**
 * What of a call's properties the features of a model read. The rest is not logged: nothing can be learned from it, and whose it is may not have
 * been asked.
 */

/** Of each property, whether it is read as it is (`true`), or which of those that are nested in it. */
type Read = ReadonlyMap<string, true | ReadonlySet<string>>;
/** `all`: every property. */
type Reads = Read | "all";
export type ReadProperties = { context: Reads; action: Reads };

/** The properties that at least one of these specs reads or keeps (`keep`). */
export const readProperties = (specs: readonly ModelSpec[]): ReadProperties => ({
  context: together(specs.map((spec) => pathsOf(readPaths(spec, "context"), spec.keep?.context))),
  action: together(specs.map((spec) => pathsOf(readPaths(spec, "action"), spec.keep?.action))),
});

/**
 * A record, or anything like it, with the properties of context and actions that are read, in their order. What else it has stays.
 * @returns the same object when all of them are.
 * @example onlyRead({ context: { device: "phone", email: "a@b.c" } }, reads) // { context: { device: "phone" } }
 */
export function onlyRead<T extends { context: Properties; actions?: { features?: Properties }[] }>(
  record: T,
  { context, action }: ReadProperties,
): T {
  const kept = pick(record.context, context);
  let areSame = kept === record.context;
  const actions = record.actions?.map((one) => {
    const features = one.features && pick(one.features, action);
    if (features === one.features) return one;
    areSame = false;
    return { ...one, features };
  });
  return areSame ? record : { ...record, context: kept, ...(actions && { actions }) };
}

/** Paths that a spec reads in context and actions and none of the others does. @example ["context.campaign", "action.price"] */
export function readFirstBy(spec: ModelSpec, others: readonly ModelSpec[]): string[] {
  const known = readProperties(others);
  return (["context", "action"] as const).flatMap((namespace) =>
    [...new Set(readPaths(spec, namespace))]
      .filter((path) => !isRead(path, known[namespace]))
      .map((path) => `${namespace}.${path}`),
  );
}

function isRead(path: string, reads: Reads): boolean {
  if (reads === "all") return true;
  const [name, inner] = parts(path);
  const read = reads.get(name);
  return read === true || (read !== undefined && inner !== null && read.has(inner));
}

/** Paths in a namespace that operators read, and where a list's places are told. */
const readPaths = ({ features, reward }: ModelSpec, namespace: "context" | "action"): string[] => [
  ...Object.values<CallOperator>(features[namespace]).flatMap((one) => ("path" in one ? [one.path] : [])),
  ...comparedIn(features, namespace),
  ...(reward.examination && namespace === "context" ? [reward.examination.path] : []),
];

/** Paths in a namespace of what others are compared with. */
export const comparedIn = ({ context, action }: ModelSpec["features"], namespace: "context" | "action"): string[] =>
  [...Object.values<CallOperator>(context), ...Object.values<CallOperator>(action)].flatMap((one) => {
    const path = one.op === "similarity" ? comparedPath(one.to, namespace) : null;
    return path === null ? [] : [path];
  });

/** The path of what a similarity names, such as `query` of `context.query`; null: it is of another namespace. */
export const comparedPath = (to: string, namespace: "context" | "action"): string | null =>
  to.startsWith(`${namespace}.`) ? to.slice(namespace.length + 1) : null;

const pathsOf = (paths: string[], keep: "all" | string[] = []): "all" | string[] =>
  keep === "all" ? keep : [...paths, ...keep];

function together(lists: readonly ("all" | string[])[]): Reads {
  const reads = new Map<string, true | Set<string>>();
  for (const paths of lists) {
    if (paths === "all") return paths;
    for (const [name, inner] of paths.map(parts)) {
      const known = reads.get(name);
      if (inner === null) reads.set(name, true);
      else if (known === undefined) reads.set(name, new Set([inner]));
      else if (known !== true) known.add(inner);
    }
  }
  return reads;
}

/** As features/call.ts reads a path. */
function parts(path: string): [name: string, inner: string | null] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, null] : [path.slice(0, dot), path.slice(dot + 1)];
}

function pick(properties: Properties, reads: Reads): Properties {
  if (reads === "all") return properties;
  const kept: [string, Properties[string]][] = [];
  let areSame = true;
  for (const entry of Object.entries(properties)) {
    const [name, value] = entry;
    const read = reads.get(name);
    if (read === true) kept.push(entry);
    else {
      const some = read === undefined ? null : nested(value, read);
      if (some !== null) kept.push([name, some]);
      if (some === null || some !== value) areSame = false;
    }
  }
  // Of entries, so that a property called __proto__ stays one.
  return areSame ? properties : (Object.fromEntries(kept) as Properties);
}

/** @returns the same object when all of it is read; null when nothing is. */
function nested(value: Properties[string], read: ReadonlySet<string>): Properties[string] {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  const kept = entries.filter(([name]) => read.has(name));
  if (kept.length === entries.length) return value;
  return kept.length === 0 ? null : (Object.fromEntries(kept) as Properties[string]);
}
