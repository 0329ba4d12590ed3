import { createHash } from "node:crypto";
import { transmit } from "./objects.ts";
import { World } from "./world.ts";

type Stored = { bytes: Uint8Array<ArrayBuffer>; etag: string; customMetadata: Record<string, string> };
type PutOptions = {
  sha256?: string;
  onlyIf?: { etagMatches?: string; etagDoesNotMatch?: string };
  customMetadata?: Record<string, string>;
};

/** R2: strongly consistent, and each call may be lost before it has an effect, or its answer after it had. */
export class Bucket {
  readonly stored = new Map<string, Stored>();
  #etags = 0;

  get(key: string): Promise<unknown> {
    return this.#call(`get ${key}`, () => this.#object(key));
  }

  head(key: string): Promise<unknown> {
    return this.#call(`head ${key}`, () => this.#object(key));
  }

  put(
    key: string,
    value: Uint8Array | ArrayBuffer | string,
    { sha256, onlyIf, customMetadata = {} }: PutOptions = {},
  ): Promise<unknown> {
    const bytes = new Uint8Array(typeof value === "string" ? new TextEncoder().encode(value) : value);
    return this.#call(`put ${key}`, () => {
      const { chances } = World.current;
      if (World.current.strikes(chances.store, `the store does not take ${key}`))
        throw new Error("put: internal error (10001)");
      if (sha256 !== undefined && createHash("sha256").update(bytes).digest("hex") !== sha256)
        throw new Error("put: The SHA-256 checksum you specified did not match what we received. (10037)");
      const there = this.stored.get(key);
      if (onlyIf?.etagMatches !== undefined && there?.etag !== onlyIf.etagMatches) return null;
      if (onlyIf?.etagDoesNotMatch === "*" && there) return null;
      this.stored.set(key, { bytes, etag: `${++this.#etags}`, customMetadata });
      return this.#object(key);
    });
  }

  delete(keys: string | readonly string[]): Promise<unknown> {
    return this.#call("delete", () => {
      for (const key of typeof keys === "string" ? [keys] : keys) this.stored.delete(key);
    });
  }

  list({ prefix = "" }: { prefix?: string }): Promise<unknown> {
    return this.#call(`list ${prefix}`, () => {
      const keys = [...this.stored.keys()].filter((key) => key.startsWith(prefix)).sort();
      return { objects: keys.map((key) => this.#object(key)), truncated: false };
    });
  }

  /** What is stored, as who looks on sees it. */
  json<T>(key: string): T | null {
    const stored = this.stored.get(key);
    return stored ? (JSON.parse(new TextDecoder().decode(stored.bytes)) as T) : null;
  }

  #object(key: string) {
    const stored = this.stored.get(key);
    if (!stored) return null;
    const { bytes, etag, customMetadata } = stored;
    const text = () => new TextDecoder().decode(bytes);
    return {
      ...{ key, etag, customMetadata, size: bytes.length },
      body: { cancel: async () => {} },
      arrayBuffer: async () => bytes.slice().buffer,
      text: async () => text(),
      json: async () => JSON.parse(text()),
    };
  }

  #call<T>(what: string, run: () => T): Promise<T> {
    return transmit(what, ({ resolve, reject }) => {
      try {
        resolve(run());
      } catch (error) {
        reject(error as Error);
      }
    });
  }
}
