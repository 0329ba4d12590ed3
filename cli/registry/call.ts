import type { Problem } from "../../shared/contract/problem.ts";
import { UsageError } from "../command.ts";
import { DEFAULT_URL } from "../connection.ts";
import { connectionProblem } from "../retrying-fetch.ts";

/** Calls of the registry's routes. A server that is not there, and one that refuses, say so in a line. */
export class RegistryCalls {
  readonly #url: string;

  /** @throws UsageError when it is no http or https URL. */
  constructor(url: string = DEFAULT_URL) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new UsageError(`--url must be an http or https URL, not ${JSON.stringify(url)}.`);
    this.#url = url.replace(/\/+$/, "");
  }

  get = <T>(path: string): Promise<T> => this.#call("GET", path);
  post = <T>(path: string, body: unknown): Promise<T> => this.#call("POST", path, JSON.stringify(body));
  patch = <T>(path: string, body: unknown): Promise<T> => this.#call("PATCH", path, JSON.stringify(body));
  /** @param sha256 of the bytes. */
  putArtifact = (sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown> =>
    this.#call("PUT", `/v1/artifacts/${sha256}`, bytes);

  async #call<T>(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<T> {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    const response = await fetch(this.#url + path, {
      method,
      ...(body !== undefined && { body, headers: { "content-type": type } }),
    }).catch((error: unknown) => {
      throw new UsageError(
        `No server answers at ${this.#url} (${connectionProblem(error)}). Start one with "npm start", or name it with --url.`,
      );
    });
    const text = await response.text();
    if (!response.ok) throw new UsageError(refusal(text, `${this.#url}${path} answered ${response.status}`));
    return (text === "" ? null : JSON.parse(text)) as T;
  }
}

/** What the edge says of a refused call, a line a field. */
function refusal(text: string, otherwise: string): string {
  try {
    const { detail, errors = [] } = JSON.parse(text) as Problem;
    return [detail, ...errors.map(({ field, message }) => `  ${field} ${message}`)].join("\n");
  } catch {
    return `${otherwise}: ${text.slice(0, 200)}`;
  }
}
