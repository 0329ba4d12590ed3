import type { z } from "zod";

/**
 * A schema that is quick to say yes. Workers may not make code at run time, so zod walks through its schemas there, with some objects for each value that it looks at: of a call
 * with 20 actions that was a fifth of a millisecond, more than to score them. Nearly all that comes is valid. So first a function looks at it that was put together
 * once from the schema itself, and knows nothing but yes; whatever it is not sure of, zod looks at as ever, and says what is wrong.
 */

/** What is not surely valid. */
const UNSURE = Symbol("unsure");
type Sure = (value: unknown) => unknown;
/** `asIs`: whether what it accepts comes out as it went in. */
type Look = { sure: Sure; asIs: boolean };
type Schema = z.core.$ZodTypes;
type Check = z.core.$ZodCheck;

/** What a schema that only words its errors otherwise accepts: by its definition, the schema that it stands before. */
const standsBefore = new WeakMap<object, z.core.$ZodType>();

/** Notes that a schema accepts just what another does, with the same output, and gives reasons of its own. */
export function wordsErrorsOf<S extends z.core.$ZodType>(schema: S, accepting: z.core.$ZodType): S {
  standsBefore.set(schema._zod.def, accepting);
  return schema;
}

/**
 * The same schema, whose `parse`, `safeParse` and `safeParseAsync` are quick. What they give may share parts with what they were given.
 * @throws TypeError when the schema has parts of a kind that is not known here.
 * @example export const call = quick(z.strictObject({ unit: key, actions }));
 */
export function quick<S extends z.ZodType>(schema: S): S {
  const { sure } = lookOf(schema);
  const { parse, safeParse, safeParseAsync } = schema;
  const quickly = <T>(value: unknown, asEver: () => T): T | { success: true; data: z.output<S> } => {
    const data = sure(value);
    return data === UNSURE ? asEver() : { success: true, data: data as z.output<S> };
  };
  return Object.assign(schema, {
    parse(value: unknown, params?: never) {
      const data = sure(value);
      return data === UNSURE ? parse.call(schema, value, params) : data;
    },
    safeParse: (value: unknown, params?: never) => quickly(value, () => safeParse.call(schema, value, params)),
    safeParseAsync: async (value: unknown, params?: never) =>
      quickly(value, () => safeParseAsync.call(schema, value, params)),
  });
}

function lookOf(schema: z.core.$ZodType): Look {
  const accepting = standsBefore.get(schema._zod.def);
  if (accepting) return lookOf(accepting);
  const { def } = schema._zod as Schema["_zod"];
  const look = kindOf(def);
  return def.checks?.length ? { ...look, sure: checked(look.sure, def.checks) } : look;
}

function kindOf(def: Schema["_zod"]["def"]): Look {
  switch (def.type) {
    case "string":
      return scalar((value) => typeof value === "string");
    case "number":
      return scalar((value) => typeof value === "number" && Number.isFinite(value));
    case "boolean":
      return scalar((value) => typeof value === "boolean");
    case "unknown":
      return scalar(() => true);
    case "null":
      return scalar((value) => value === null);
    case "literal": {
      const values = new Set<unknown>(def.values);
      return scalar((value) => values.has(value));
    }
    case "enum": {
      const values = new Set<unknown>(Object.values(def.entries));
      return scalar((value) => values.has(value));
    }
    case "nullable": {
      const { sure, asIs } = lookOf(def.innerType);
      return { sure: (value) => (value === null ? null : sure(value)), asIs };
    }
    case "array":
      return list(lookOf(def.element));
    case "record":
      return record(lookOf(def.keyType), lookOf(def.valueType));
    case "object":
      return object(def);
    case "union":
      return "discriminator" in def
        ? discriminated(def as z.core.$ZodDiscriminatedUnionDef)
        : union(def.options.map(lookOf));
    default:
      throw new TypeError(`a schema of the kind ${def.type} cannot be made quick`);
  }
}

const scalar = (accepts: (value: unknown) => boolean): Look => ({
  sure: (value) => (accepts(value) ? value : UNSURE),
  asIs: true,
});

function list({ sure, asIs }: Look): Look {
  return {
    asIs,
    sure: (value) => {
      if (!Array.isArray(value)) return UNSURE;
      const items: unknown[] = asIs ? value : new Array(value.length);
      for (let i = 0; i < value.length; i++) {
        const item = sure(value[i]);
        if (item === UNSURE) return UNSURE;
        if (!asIs) items[i] = item;
      }
      return items;
    },
  };
}

function record(key: Look, { sure, asIs }: Look): Look {
  if (!key.asIs || !asIs) throw new TypeError("a record whose names or values are changed cannot be made quick");
  return {
    asIs,
    sure: (value) => {
      if (!isPlain(value)) return UNSURE;
      for (const name of Object.keys(value))
        if (name === "__proto__" || key.sure(name) === UNSURE || sure(value[name]) === UNSURE) return UNSURE;
      return value;
    },
  };
}

/** What an object gives where it does not have a property; UNSURE: that is wrong. */
type Missing = () => unknown;
const required: Missing = () => UNSURE;
const left: Missing = () => undefined;

function property(schema: z.core.$ZodType): { sure: Sure; missing: Missing } {
  const { def } = schema._zod as Schema["_zod"];
  if (def.type !== "optional" && def.type !== "default") return { sure: lookOf(schema).sure, missing: required };
  if (def.checks?.length) throw new TypeError(`checks of a property that is ${def.type} cannot be made quick`);
  const { sure } = lookOf(def.innerType);
  // It makes a new one each time.
  return { sure, missing: def.type === "optional" ? left : () => def.defaultValue };
}

function object({ shape, catchall }: z.core.$ZodObjectDef): Look {
  const properties = Object.entries(shape).map(([name, schema]) => ({ name, ...property(schema) }));
  const names = new Set(Object.keys(shape));
  const others = catchall?._zod.def.type;
  if (others !== undefined && others !== "never" && others !== "unknown")
    throw new TypeError(`an object whose other properties are ${others} cannot be made quick`);
  const sure: Sure = (value) => {
    if (!isPlain(value)) return UNSURE;
    const made: Record<string, unknown> = {};
    let known = 0;
    for (const { name, sure, missing } of properties) {
      const has = Object.hasOwn(value, name);
      const is = has ? sure(value[name]) : missing();
      if (is === UNSURE) return UNSURE;
      if (has) known++;
      if (has || is !== undefined) made[name] = is;
    }
    const keys = Object.keys(value);
    if (known === keys.length || others === undefined) return made;
    if (others === "never") return UNSURE;
    for (const name of keys) {
      if (name === "__proto__") return UNSURE;
      if (!names.has(name)) made[name] = value[name];
    }
    return made;
  };
  return { sure, asIs: false };
}

/**
 * The first option that accepts. Of options that give what they are given it does not matter which. One that changes it, which is of lists or objects, may accept one
 * without being sure of it, and then none after it may be taken.
 */
function union(options: Look[]): Look {
  return {
    asIs: options.every(({ asIs }) => asIs),
    sure: (value) => {
      for (const { sure, asIs } of options) {
        const is = sure(value);
        if (is !== UNSURE) return is;
        if (!asIs && typeof value === "object") return UNSURE;
      }
      return UNSURE;
    },
  };
}

function discriminated({ discriminator, options }: z.core.$ZodDiscriminatedUnionDef): Look {
  const byValue = new Map<unknown, Sure>();
  for (const option of options) {
    const { sure } = lookOf(option);
    for (const value of option._zod.propValues?.[discriminator] ?? []) byValue.set(value, sure);
  }
  return {
    asIs: false,
    sure: (value) => (isPlain(value) ? (byValue.get(value[discriminator])?.(value) ?? UNSURE) : UNSURE),
  };
}

/** What a value has to be beside its kind. */
function checked(sure: Sure, checks: readonly Check[]): Sure {
  const passes = checks.map(passing);
  return (value) => {
    const is = sure(value);
    if (is === UNSURE) return UNSURE;
    for (const pass of passes) if (!pass(is)) return UNSURE;
    return is;
  };
}

function passing(check: Check): (value: unknown) => boolean {
  const { def } = check._zod as z.core.$ZodChecks["_zod"];
  switch (def.check) {
    case "min_length":
      return (value) => (value as { length: number }).length >= def.minimum;
    case "max_length":
      return (value) => (value as { length: number }).length <= def.maximum;
    case "greater_than":
      return (value) =>
        def.inclusive ? (value as number) >= Number(def.value) : (value as number) > Number(def.value);
    case "less_than":
      return (value) =>
        def.inclusive ? (value as number) <= Number(def.value) : (value as number) < Number(def.value);
    case "number_format":
      if (def.format === "safeint") return Number.isSafeInteger;
      break;
    case "string_format":
      if (def.format === "regex" && !def.pattern!.global && !def.pattern!.sticky)
        return (value) => def.pattern!.test(value as string);
  }
  // Whatever else there is says so itself; `when` is for values with issues, or of kinds that have been told apart by now.
  return (value) => {
    const payload: z.core.ParsePayload = { value, issues: [] };
    (check as z.core.$ZodCheck<unknown>)._zod.check(payload);
    return payload.issues.length === 0 && payload.value === value;
  };
}

/** As JSON.parse makes objects. */
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
