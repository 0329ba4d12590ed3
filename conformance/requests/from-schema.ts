import type { FixtureRandom } from "../random.ts";

/** A JSON Schema (2020-12), as an OpenAPI 3.1 document has it; what is not read here allows more than it should. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  default?: unknown;
};

/** Values that mean something to the edge, by the name of the field or parameter that has them: no schema says which models there are. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const TEXTS = ["a", "b", "phone", "drama", "x1", "10m", "2s", "view", "é", "s.1", "2026-11-29"];
/** How deep values may nest before the least is made. */
const MAX_DEPTH = 6;

/** Makes values that a schema allows, as far as it says what. */
export class FromSchema {
  readonly #random: FixtureRandom;
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #known: Known;

  constructor(random: FixtureRandom, schemas: Readonly<Record<string, Schema>>, known: Known) {
    this.#random = random;
    this.#schemas = schemas;
    this.#known = known;
  }

  /** @param name of the field that has the value. */
  value(schema: Schema, name = "", depth = 0): unknown {
    const random = this.#random;
    const known = Object.hasOwn(this.#known, name) ? this.#known[name] : undefined;
    if (known && random.next() < 0.9) return structuredClone(random.pick(known));
    if (schema.$ref !== undefined) {
      const referred = this.#schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)];
      return referred ? this.value(referred, name, depth + 1) : null;
    }
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return random.pick(schema.enum);
    const some = schema.anyOf ?? schema.oneOf;
    if (some) return this.value(depth > MAX_DEPTH ? some.at(-1)! : random.pick(some), name, depth + 1);
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((each) => this.value(each, name, depth + 1)));
    const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
    if (type === "object" || schema.properties) return this.#object(schema, depth);
    if (type === "array") return this.#array(schema, name, depth);
    if (type === "string") return this.#text(schema);
    if (type === "integer" || type === "number") return this.#number(schema, type === "integer");
    if (type === "boolean") return random.next() < 0.5;
    return type === "null" ? null : random.pick<unknown>([1, "a", true, null, [], {}]);
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema, depth: number): Record<string, unknown> {
    const random = this.#random;
    const object: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties))
      if (required.includes(name) || (depth <= MAX_DEPTH && random.next() < 0.5))
        object[name] = this.value(schema, name, depth + 1);
    if (additionalProperties && depth <= MAX_DEPTH)
      for (let n = random.whole(4); n > 0; n--)
        object[random.pick(TEXTS)] = this.value(
          additionalProperties === true ? {} : additionalProperties,
          "",
          depth + 1,
        );
    return object;
  }

  #array({ items = {}, prefixItems, minItems = 0, maxItems = 4 }: Schema, name: string, depth: number): unknown[] {
    if (prefixItems) return prefixItems.map((each) => this.value(each, "", depth + 1));
    const most = Math.max(minItems, depth > MAX_DEPTH ? 0 : Math.min(maxItems, minItems + 4));
    const length = minItems + this.#random.whole(most - minItems + 1);
    return Array.from({ length }, () => this.value(items, name.replace(/s$/, ""), depth + 1));
  }

  #text({ minLength = 0, maxLength = 64, pattern }: Schema): string {
    const random = this.#random;
    if (pattern !== undefined) {
      const candidates = [...TEXTS, "0".repeat(64), "a-b", "1", "1h", "sk_x", "session.feature"];
      const fitting = candidates.filter((text) => matches(pattern, text));
      if (fitting.length > 0) return random.pick(fitting);
    }
    const text = random.pick(TEXTS);
    return text.padEnd(minLength, "x").slice(0, maxLength);
  }

  #number({ minimum = -10, maximum = 1e6 }: Schema, whole: boolean): number {
    const random = this.#random;
    const drawn = random.pick([minimum, Math.min(maximum, minimum + 1), minimum + random.next() * (maximum - minimum)]);
    return whole ? Math.floor(drawn) : drawn;
  }
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return false;
  }
}
