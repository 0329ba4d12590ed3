import type { Problem } from "../shared/contract/problem.ts";
import { UsageError } from "./command.ts";
import { connectionProblem } from "./retrying-fetch.ts";

export const DEFAULT_URL = "http://localhost:8787";

/** Calls of a running edge. One that is not there, and one that refuses, say so in a line. */
export class EdgeCalls {
  readonly url: string;
  /** What to call it in messages. */
  readonly name: string;
  readonly #fetch: typeof fetch;

  /**
   * @param send sends the requests; `retryingFetch` repeats those that fail. @param name what to call it; its URL, when that is left out.
   * @throws UsageError when it is no http or https URL.
   */
  constructor(url: string = DEFAULT_URL, send: typeof fetch = fetch, name?: string) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new UsageError(`--url must be an http or https URL, not ${JSON.stringify(url)}.`);
    this.url = url.replace(/\/+$/, "");
    this.name = name ?? this.url;
    this.#fetch = send;
  }

  /** The same, sent otherwise. */
  by(send: typeof fetch): EdgeCalls {
    return new EdgeCalls(this.url, send, this.name);
  }

  get = async <T>(path: string): Promise<T> => json<T>(await this.text("GET", path));
  post = async <T>(path: string, body: unknown): Promise<T> =>
    json<T>(await this.text("POST", path, JSON.stringify(body)));
  patch = async <T>(path: string, body: unknown): Promise<T> =>
    json<T>(await this.text("PATCH", path, JSON.stringify(body)));
  /** @param sha256 of the bytes. */
  putArtifact = (sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> =>
    this.text("PUT", `/v1/artifacts/${sha256}`, bytes);

  /** What the edge answers. @throws UsageError saying why it does not, or refuses. */
  async text(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<string> {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    const init = { method, ...(body !== undefined && { body, headers: { "content-type": type } }) };
    const response = await this.#fetch(this.url + path, init).catch((error: unknown) => {
      throw new UsageError(
        `No server answers at ${this.url} (${connectionProblem(error)}). Start one with "npm start", or name it with --url.`,
      );
    });
    const text = await response.text();
    if (!response.ok) throw new UsageError(refusal(text, `${this.url}${path} answered ${response.status}`));
    return text;
  }
}

const json = <T>(text: string): T => (text === "" ? null : JSON.parse(text)) as T;

/** What a refused call was answered: of a problem document its words, a line a field; else `otherwise` and how the answer begins. */
export function refusal(text: string, otherwise: string): string {
  try {
    const { detail, errors = [] } = JSON.parse(text) as Problem;
    return [detail, ...errors.map(({ field, message }) => `  ${field} ${message}`)].join("\n");
  } catch {
    return `${otherwise}: ${text.slice(0, 200)}`;
  }
}
