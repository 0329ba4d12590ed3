import { FixtureRandom } from "../random.ts";
import { FromSchema, type Known, type Schema } from "./from-schema.ts";
import { mutated, oddText, written } from "./mutate.ts";

type Parameter = { in: string; name: string; required?: boolean; schema?: Schema };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
};
/** As much of an OpenAPI 3.1 document as requests are made from. */
export type ApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

export type MadeRequest = {
  /** `POST /v1/batch`: which operation it is one of. */
  operation: string;
  /** Whether nothing of it was changed after it was made from its schema. */
  plain: boolean;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | null;
};

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const CONTENT_TYPES = [
  "application/json",
  "text/plain",
  "application/json; charset=utf-16",
  "application/octet-stream",
  "",
  "x/y",
  "multipart/form-data",
];
const KEYS = ["Bearer sk_x", "Bearer pk_x_y", "Bearer ", "Basic eDp5", `Bearer sk_${"a".repeat(3000)}`, "bearer\tx"];

/**
 * Requests over all operations of a document, one after the other: made from its schemas, and mostly changed in some way: types, lengths, extremes, nesting, encodings, headers,
 * methods, keys. What comes follows from the seed alone.
 */
export class Requests {
  readonly #random: FixtureRandom;
  readonly #make: FromSchema;
  readonly #operations: { path: string; method: string; operation: Operation }[];
  readonly #headers: Readonly<Record<string, string>>;
  #next = 0;

  /** @param known values by the names of fields and parameters. @param headers that let a call in. */
  constructor(document: ApiDocument, seed: number, known: Known, headers: Readonly<Record<string, string>>) {
    this.#random = new FixtureRandom(seed);
    this.#make = new FromSchema(this.#random, document.components?.schemas ?? {}, known);
    this.#headers = headers;
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
  }

  /** How many operations there are; so many requests in a row have each once. */
  get operations(): number {
    return this.#operations.length;
  }

  next(): MadeRequest {
    const random = this.#random;
    const { path, method, operation } = this.#operations[this.#next++ % this.#operations.length]!;
    const plain = random.next() < 0.25;
    const odd = (chance: number): boolean => !plain && random.next() < chance;
    const query = new URLSearchParams();
    const headers: Record<string, string> = { ...this.#headers };
    let url = path;
    for (const { in: place, name, required, schema = {} } of operation.parameters ?? []) {
      const value = odd(0.15) ? oddText(random) : String(this.#make.value(schema, name));
      if (place === "path") url = url.replace(`{${name}}`, odd(0.1) ? value.replaceAll(/[\s#?]/g, "") : encoded(value));
      else if (place === "query" && (required || random.next() < 0.5)) query.append(name, wellFormed(value));
      else if (place === "header" && (required || random.next() < 0.3)) headers[name] = latin(value);
    }
    if (odd(0.05)) query.append(random.pick(["x", "key", "limit", "after"]), wellFormed(oddText(random)));
    if (odd(0.05)) headers.authorization = random.pick(KEYS);
    if (odd(0.03))
      headers[random.pick(["traceparent", "origin", "accept", "content-encoding", "range"])] = latin(oddText(random));
    if (odd(0.02)) url += random.pick(["/", "//", "/%", "/..;/", "?", "%ff"]);
    const text = query.toString();
    const made = this.#body(operation, plain);
    if (made) headers["content-type"] = odd(0.08) ? random.pick(CONTENT_TYPES) : made.type;
    return {
      operation: `${method} ${path}`,
      plain,
      method: odd(0.04) ? random.pick(METHODS) : method,
      path: text === "" ? url : `${url}?${text}`,
      headers,
      body: made?.body ?? null,
    };
  }

  #body({ requestBody }: Operation, plain: boolean): { type: string; body: string | Uint8Array<ArrayBuffer> } | null {
    const random = this.#random;
    const [content] = Object.entries(requestBody?.content ?? {});
    if (!content) return null;
    const [type, { schema = {} }] = content;
    if (!type.includes("json"))
      return { type, body: Uint8Array.from({ length: random.pick([0, 1, 500]) }, () => random.whole(256)) };
    const value = this.#make.value(schema);
    return {
      type,
      body: plain ? JSON.stringify(value) : written(random.next() < 0.85 ? mutated(value, random) : value, random),
    };
  }
}

/** What a URL can carry. */
const wellFormed = (text: string): string => text.toWellFormed();
const encoded = (text: string): string => encodeURIComponent(wellFormed(text));
/** What a header can carry. */
const latin = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").trim();
