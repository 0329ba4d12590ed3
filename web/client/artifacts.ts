import type { ArtifactPointer, Manifest } from "../../shared/contract/manifest.ts";
import { type Connection, EdgeError } from "./connection.ts";
import type { Database } from "./database.ts";

const TIMEOUT = 60_000;

type Bytes = Uint8Array<ArrayBuffer>;
export type Artifact<T> = { value: T; bytes: Bytes };

/** Snapshots and graphs, from this browser's IndexedDB or from the edge, checked against the hash that names them. */
export class Artifacts {
  readonly #database: Database;
  readonly #connection: Connection;

  constructor(database: Database, connection: Connection) {
    this.#database = database;
    this.#connection = connection;
  }

  /** What `model` last decided with in this browser. */
  async manifest(model: string): Promise<Manifest | undefined> {
    const tx = await this.#database.transaction(["models"], "readonly");
    return tx.objectStore("models").get(model);
  }

  /** The artifact, if it is here and intact. What `decode` refuses is not intact. */
  async stored<T>(
    pointer: ArtifactPointer,
    decode: (bytes: Bytes) => T | Promise<T>,
  ): Promise<Artifact<T> | undefined> {
    const tx = await this.#database.transaction(["artifacts"], "readonly");
    const bytes = await tx.objectStore("artifacts").get(pointer.sha256);
    if (bytes === undefined) return undefined;
    try {
      return await checked(pointer, bytes, decode);
    } catch (error) {
      console.warn(`edgewise: a stored artifact is damaged and will be fetched again: ${error}`);
      return undefined;
    }
  }

  /**
   * The artifact, from the edge if it is not here.
   * @throws EdgeError when the edge does not answer with it; Error when what it answers is not what the pointer names.
   */
  async load<T>(pointer: ArtifactPointer, decode: (bytes: Bytes) => T | Promise<T>): Promise<Artifact<T>> {
    const stored = await this.stored(pointer, decode);
    if (stored) return stored;
    try {
      return await checked(pointer, await this.#fetch(pointer, "default"), decode);
    } catch (error) {
      if (error instanceof EdgeError) throw error;
      // What is wrong may be in the browser's HTTP cache, where it would stay for ever.
      return await checked(pointer, await this.#fetch(pointer, "reload"), decode);
    }
  }

  /** Stores what a model now decides with, all of it or nothing, and drops the artifacts that no model needs any more. */
  async keep(manifest: Manifest, snapshot: Bytes): Promise<void> {
    const tx = await this.#database.transaction(["models", "artifacts"], "readwrite");
    const [models, artifacts] = [tx.objectStore("models"), tx.objectStore("artifacts")];
    const writes = [models.put(manifest), artifacts.put(snapshot, manifest.snapshot.sha256)];
    const [all, keys] = await Promise.all([models.getAll(), artifacts.getAllKeys()]);
    const needed = new Set(all.flatMap((m) => [m.snapshot.sha256, m.graph?.sha256]));
    const drops = keys.filter((key) => !needed.has(key)).map((key) => artifacts.delete(key));
    await Promise.all([...writes, ...drops, tx.done]);
  }

  /** Stores a graph. Its model's manifest must have been kept before. */
  async keepGraph(pointer: ArtifactPointer, bytes: Bytes): Promise<void> {
    const tx = await this.#database.transaction(["artifacts"], "readwrite");
    await Promise.all([tx.objectStore("artifacts").put(bytes, pointer.sha256), tx.done]);
  }

  async #fetch(pointer: ArtifactPointer, cache: RequestCache): Promise<Bytes> {
    const response = await this.#connection.request(pointer.url, { cache, timeout: TIMEOUT });
    if (!response.ok) throw new EdgeError(`the edge answered ${pointer.url} ${response.status}`, response.status);
    return new Uint8Array(await response.arrayBuffer());
  }
}

async function checked<T>(
  pointer: ArtifactPointer,
  bytes: Bytes,
  decode: (bytes: Bytes) => T | Promise<T>,
): Promise<Artifact<T>> {
  if (bytes.length !== pointer.bytes)
    throw new Error(`artifact ${pointer.sha256} has ${bytes.length} bytes instead of ${pointer.bytes}`);
  // crypto.subtle exists in secure contexts only; elsewhere a proxy could change the page's own code as well.
  if (crypto.subtle) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    if (hex(hash) !== pointer.sha256) throw new Error(`artifact ${pointer.sha256} has the hash ${hex(hash)}`);
  }
  return { value: await decode(bytes), bytes };
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
