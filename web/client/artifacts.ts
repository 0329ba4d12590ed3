import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { type Connection, EdgeError } from "./connection.ts";
import type { Database } from "./database.ts";
import type { HeldSnapshot } from "./held-snapshot.ts";
import { randomId } from "./random-id.ts";
import { readManifest } from "./read-manifest.ts";
import { sha256 } from "./sha256.ts";
import type { KeptModel, Transaction } from "./stores.ts";

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

  get endpoint(): string {
    return this.#connection.endpoint;
  }

  /** What `model` last decided with in this browser. */
  async kept(model: string): Promise<KeptModel | undefined> {
    const row = await this.#database.run(["models"], "readonly", (tx) => tx.store("models").get(model));
    if (!row) return undefined;
    const manifest = readManifest(row);
    // A page of before kept the snapshot that the manifest names.
    const { version, snapshot } = manifest;
    return { manifest, held: row.held ?? [{ ...snapshot, version, publication: snapshot.sha256 }] };
  }

  /** What bytes would be as an artifact. */
  async pointerOf(bytes: Bytes): Promise<ArtifactPointer> {
    const hash = (await sha256(bytes)) ?? randomId(32);
    return { url: `/v1/artifacts/${hash}`, sha256: hash, bytes: bytes.length };
  }

  /** The artifact, if it is here and intact. What `decode` refuses is not intact. */
  async stored<T>(
    pointer: ArtifactPointer,
    decode: (bytes: Bytes) => T | Promise<T>,
  ): Promise<Artifact<T> | undefined> {
    const read = (tx: Transaction) => tx.store("artifacts").get(pointer.sha256);
    const bytes = await this.#database.run(["artifacts"], "readonly", read);
    if (bytes === undefined) return undefined;
    try {
      return await checked(pointer, bytes, decode);
    } catch (error) {
      console.warn(`edgewise: a kept artifact is damaged: ${error}`);
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
  async keep(manifest: Manifest, held: readonly { pointer: HeldSnapshot; bytes: Bytes }[]): Promise<void> {
    await this.#database.run(["models", "artifacts"], "readwrite", async (tx) => {
      const [models, artifacts] = [tx.store("models"), tx.store("artifacts")];
      const writes: Promise<unknown>[] = [
        models.put({ ...manifest, held: held.map(({ pointer }) => pointer) }),
        ...held.map(({ pointer, bytes }) => artifacts.put(bytes, pointer.sha256)),
      ];
      const [all, keys] = await Promise.all([models.getAll(), artifacts.getAllKeys()]);
      const needed = new Set(
        all.flatMap((model) => [
          ...(model.held ?? [model.snapshot]).map(({ sha256 }) => sha256),
          ...[model, ...(model.canaries ?? [])].map(({ graph }) => graph?.sha256),
        ]),
      );
      const drops = keys.filter((key) => !needed.has(key)).map((key) => artifacts.delete(key));
      await Promise.all([...writes, ...drops]);
    });
  }

  /** Stores a graph. Its model's manifest must have been kept before. */
  async keepGraph(pointer: ArtifactPointer, bytes: Bytes): Promise<void> {
    await this.#database.run(["artifacts"], "readwrite", (tx) => tx.store("artifacts").put(bytes, pointer.sha256));
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
  // Without a secure context a proxy could change the page's own code as well, and only the length is checked.
  const hash = (await sha256(bytes)) ?? pointer.sha256;
  if (bytes.length !== pointer.bytes || hash !== pointer.sha256)
    throw new Error(`artifact ${pointer.sha256} of ${bytes.length} bytes has the hash ${hash}`);
  return { value: await decode(bytes), bytes };
}
