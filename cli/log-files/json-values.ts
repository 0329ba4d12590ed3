import type { Properties } from "../../shared/contract/values.ts";
import { isObject } from "../files/is-object.ts";
import { together } from "../files/repeated-keys.ts";

type JsonObject = Record<string, unknown>;

/**
 * The features of an object of VW's JSON as a spec finds them, by what VW takes for their namespaces: objects of a list are one, and an object in a
 * namespace is a namespace of its own name. Keys that begin with `_` are no features.
 * @example propertiesOf({ FromUrl: [{ age: 3 }, { device: "tv", os: { name: "x" } }] }) // { FromUrl: { age: 3, device: "tv" }, os: { name: "x" } }
 */
export function propertiesOf(object: JsonObject): Properties {
  const found = new Map<string, unknown>();
  const add = (name: string, value: unknown): void => {
    found.set(name, found.has(name) ? together(found.get(name), value) : value);
  };
  const addNamespace = (name: string, namespace: JsonObject): void => {
    const own: [string, unknown][] = [];
    for (const [key, value] of featuresIn(namespace))
      if (isObject(value)) addNamespace(key, value);
      else own.push([key, value]);
    // Of entries, so that a key called __proto__ stays one.
    if (own.length > 0) add(name, Object.fromEntries(own));
  };
  for (const [key, value] of featuresIn(object))
    if (isObject(value)) addNamespace(key, value);
    else add(key, value);
  return Object.fromEntries(found) as Properties;
}

/** The actions of a decision (`_multi`), in whatever object or list they are. */
export function actionsIn(object: JsonObject): JsonObject[] {
  return Object.entries(object).flatMap(([key, value]) => {
    if (key === "_multi") return Array.isArray(value) ? value : [];
    return key.startsWith("_") ? [] : [value].flat().filter(isObject).flatMap(actionsIn);
  });
}

const featuresIn = (object: JsonObject): [string, unknown][] =>
  Object.entries(object)
    .filter(([key]) => !key.startsWith("_"))
    .map(([key, value]) => [key, asOne(value)]);

/** A list of objects as one object; else the value. */
const asOne = (value: unknown): unknown =>
  Array.isArray(value) && value.some(isObject) ? value.filter(isObject).reduce(together, {}) : value;
