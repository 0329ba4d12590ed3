import { UsageError } from "./command.ts";
import { callersKey } from "./key-option.ts";
import { type FieldNames, refusal } from "./refusal.ts";
import { connectionProblem } from "./retrying-fetch.ts";

export const DEFAULT_URL = "http://localhost:8787";

/** What becomes of a connection with somebody who was there. */
const BROKEN = ["EPIPE", "ECONNRESET", "UND_ERR_SOCKET"];

/** Calls of a running edge. One that is not there, and one that refuses, say so in a line. */
export class EdgeCalls {
  readonly url: string;
  /** What to call it in messages. */
  readonly name: string;
  readonly #fetch: typeof fetch;
  readonly #key: string | undefined;

  /**
   * @param send sends the requests; `retryingFetch` repeats those that fail. @param name what to call it; its URL, when that is left out.
   * @param key to call it with; the one that the command was given, when that is left out.
   * @throws UsageError when it is no http or https URL.
   */
  constructor(url: string = DEFAULT_URL, send: typeof fetch = fetch, name?: string, key = callersKey()) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new UsageError(`--url must be an http or https URL, not ${JSON.stringify(url)}.`);
    this.url = url.replace(/\/+$/, "");
    this.name = name ?? this.url;
    this.#fetch = send;
    this.#key = key;
  }

  /** The same, sent otherwise. */
  by(send: typeof fetch): EdgeCalls {
    return new EdgeCalls(this.url, send, this.name, this.#key);
  }

  get = async <T>(path: string, names?: FieldNames): Promise<T> =>
    json<T>(await this.text("GET", path, undefined, names));
  post = async <T>(path: string, body: unknown, names?: FieldNames): Promise<T> =>
    json<T>(await this.text("POST", path, JSON.stringify(body), names));
  patch = async <T>(path: string, body: unknown, names?: FieldNames): Promise<T> =>
    json<T>(await this.text("PATCH", path, JSON.stringify(body), names));
  delete = async <T>(path: string, names?: FieldNames): Promise<T> =>
    json<T>(await this.text("DELETE", path, undefined, names));
  /** @param sha256 of the bytes. */
  putArtifact = (sha256: string, bytes: Uint8Array<ArrayBuffer>, names?: FieldNames): Promise<unknown> =>
    this.text("PUT", `/v1/artifacts/${sha256}`, bytes, names);

  /**
   * What the edge answers.
   * @param names what to call the fields of the call when it is refused.
   * @throws UsageError saying why it does not answer, or refuses.
   */
  async text(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    names?: FieldNames,
  ): Promise<string> {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    const headers = { ...keyHeader(this.#key), ...(body !== undefined && { "content-type": type }) };
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await this.#fetch(this.url + path, init).catch((error: unknown) => {
      const problem = connectionProblem(error);
      throw new UsageError(
        BROKEN.includes(problem)
          ? `The connection to ${this.url} broke before it had answered (${problem}).`
          : `No server answers at ${this.url} (${problem}). Start one with "npm start", or name it with --url.`,
      );
    });
    const text = await response.text();
    if (!response.ok) {
      const why = refusal(text, `${this.url}${path} answered ${response.status}`, names);
      throw new UsageError(response.status === 401 ? `${why}\n${NEEDS_KEY}` : why);
    }
    return text;
  }
}

const NEEDS_KEY = "The edge has keys: give one with --key, or as EDGEWISE_KEY in the environment.";

/** The header that has a key. */
export const keyHeader = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

const json = <T>(text: string): T => (text === "" ? null : JSON.parse(text)) as T;
