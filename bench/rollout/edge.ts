import type { Directory } from "../../shared/contract/directory.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";

/** What the benches of versions ask of a running edge, over HTTP like everybody. */
export class Edge {
  readonly url: string;
  readonly #headers: Record<string, string>;

  /** @param headers that let a call in. */
  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.#headers = headers;
  }

  manifest = (model: string): Promise<Manifest> => this.get(`/v1/models/${model}`);
  directory = (): Promise<Directory> => this.get("/v1/directory");

  /** @returns the version's number. */
  async deploy(spec: object & { name: string }, stage: string): Promise<number> {
    const { version } = await this.send<{ version: number }>("POST", `/v1/models/${spec.name}/versions`, {
      spec,
      stage,
    });
    return version;
  }

  change = (model: string, version: number, stage: string): Promise<unknown> =>
    this.send("PATCH", `/v1/models/${model}/versions/${version}`, { stage });

  rollback = (model: string): Promise<unknown> => this.send("POST", `/v1/models/${model}/rollback`, {});

  async rank(model: string, id: string, unit = id): Promise<{ chosen: string; model: string }> {
    return this.send("POST", `/v1/models/${model}/rank`, { id, unit, actions });
  }

  feedback = (id: string, value: number): Promise<unknown> =>
    this.send("POST", `/v1/decisions/${encodeURIComponent(id)}/feedback`, { value, at: Date.now() });

  /** An artifact. @throws Error when it is not there. */
  async bytes(path: string): Promise<Uint8Array> {
    const response = await fetch(this.url + path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  get<T>(path: string): Promise<T> {
    return this.send("GET", path);
  }

  /** @throws Error with the answer's text when it is not a 2xx. */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  }
}

/** What there is to choose from. */
export const actions = ["a", "b", "c"].map((action) => ({ id: action, features: { letter: action } }));

/** A rank model that is in no source file: plain JSON, as somebody would hand it in. */
export const letters = (name: string, reward: object) => ({
  name,
  task: { type: "rank" },
  features: { action: { letter: { op: "field", path: "letter" } } },
  reward: { wait: "10m", default: null, aggregate: "first", ...reward },
});
