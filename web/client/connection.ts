import type { Problem } from "../../shared/contract/problem.ts";
import type { Code } from "./errors.ts";
import { hasNetwork } from "./events.ts";

/** The edge did not answer, or not with what was asked for. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: Code;

  constructor(message: string, status: number, code?: Code) {
    super(message);
    this.status = status;
    this.code = code ?? (status === 0 || status >= 500 ? "unreachable" : "refused");
  }
}

type RequestOptions = Omit<RequestInit, "headers"> & { headers?: Record<string, string>; timeout: number };

/**
 * Requests to the edge, and whether it answers. `navigator.onLine` is only where this starts: it says whether there is a network,
 * not whether the edge can be reached.
 */
export class Connection {
  readonly endpoint: string;
  /** The page's publishable key; undefined: none. */
  readonly key: string | undefined;
  readonly #changed: (online: boolean) => void;
  #online = hasNetwork();

  /** @param endpoint Absolute URL without a slash at the end. */
  constructor(endpoint: string, changed: (online: boolean) => void, key?: string) {
    this.endpoint = endpoint;
    this.key = key;
    this.#changed = changed;
  }

  get online(): boolean {
    return this.#online;
  }

  /** Notes how an exchange went that did not go through `request`. */
  report(answered: boolean): void {
    if (answered === this.#online) return;
    this.#online = answered;
    this.#changed(answered);
  }

  /**
   * @param timeout Most time for the whole exchange, its body included, in ms.
   * @returns The answer, whatever its status.
   * @throws EdgeError with status 0 when there is none.
   */
  async request(path: string, init: RequestOptions): Promise<Response> {
    const { timeout, headers, ...rest } = init;
    try {
      const response = await fetch(this.endpoint + path, {
        ...rest,
        headers: { ...headers, ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }) },
        signal: AbortSignal.timeout(timeout),
      });
      this.report(response.status < 500);
      return response;
    } catch (error) {
      this.report(false);
      const why = error instanceof DOMException && error.name === "TimeoutError" ? `no answer in ${timeout} ms` : error;
      throw new EdgeError(`the edge at ${this.endpoint} cannot be reached (${why})`, 0);
    }
  }

  /**
   * The JSON of a successful answer.
   * @throws EdgeError with the answer's status, and the detail of its problem document if it has one; `model-unknown` where the edge itself knows of none.
   */
  async json(path: string, init: RequestOptions): Promise<unknown> {
    const response = await this.request(path, init);
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body;
    const { detail, type } = (body ?? {}) as Partial<Problem>;
    const said = response.ok ? "with something else than JSON" : `${response.status}${detail ? `: ${detail}` : ""}`;
    // What lies before the edge, such as a CDN, says so in other words.
    const code = type && response.status === 404 ? "model-unknown" : undefined;
    throw new EdgeError(`the edge answered ${path} ${said}`, response.status, code);
  }
}
