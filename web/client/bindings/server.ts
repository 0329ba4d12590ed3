import type { PredictResponse, RankResponse } from "../../../shared/contract/calls.ts";
import type { SessionEvent } from "../../../shared/contract/record.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { slotId } from "../../../shared/decide/slot-id.ts";
import { checkEndpoint, checkTimeout } from "../check.ts";
import { type Code, coded, codeOf } from "../errors.ts";
import type { HandedDecision } from "../handed-decisions.ts";
import { isProblem } from "../is-problem.ts";
import type { StartingModel } from "../starting-model.ts";
import { startingModels } from "../starting-models.ts";
import { unloggedId } from "../unlogged-id.ts";

/**
 * The client for servers, in Node, Workers and whatever else has `fetch`: the edge decides, by HTTP. Like the page's it never fails over what the world does: where the edge does
 * not answer in time, the fallback does.
 */

/** How long a call waits for the edge by default, in ms: a page is being written meanwhile. */
const TIMEOUT = 300;
/** Feedback is waited for longer: nobody looks at a page for it. */
const FEEDBACK_TIMEOUT = 10_000;
/** What an edge answers to a call that it could take another time, or to another key. Its other refusals are of the call itself. */
const PASSING = new Set([401, 403, 408, 425, 429]);

export type ServerOptions = {
  /** URL of the edge. */
  endpoint: string;
  /** A secret key (`sk_...`). An edge that has no keys yet, on this machine, needs none. */
  key?: string;
  /** Most that `rank` and `predict` wait for the edge, in ms, where a call says nothing else. By default 300. */
  timeout?: number;
  /** By default the global one. */
  fetch?: typeof fetch;
};

type ServerCall = {
  /** Who is served. */
  unit: string;
  /** The session that the decision belongs to, if there is one. */
  session?: string;
  /** Id of the decision: a call that repeats it gets the same answer. By default a new one. */
  id?: string;
  /** Count it only once it is activated (`shown`). Of a decision that a page is to show, the page says so. */
  deferred?: boolean;
  context?: Properties;
  /** What happened in the session so far: the edge keeps none of it for you. */
  events?: readonly SessionEvent[];
  /** Most to wait, in ms. */
  timeout?: number;
};

export type ServerRankCall = ServerCall & {
  /** How many slots to fill, or of each what is known of it. */
  slots?: number | readonly Properties[];
  /** Ids in the order that is taken where the edge does not answer; the others follow. By default the order that is given. */
  fallback?: readonly string[];
};

/** As plain JSON: it can be written into a page, for `ClientOptions.decisions`. */
export type ServerDecision = HandedDecision;
export type ServerPrediction = PredictResponse & { reason?: Code };

export interface ServerClient {
  /**
   * Chooses among actions.
   * @throws Error with a `code` (as a rejection) for what the caller does wrong: `invalid`, `model-unknown`.
   * @example
   * const decision = await server.rank("home-hero", films, { unit: user.id, deferred: true });
   */
  rank(
    model: string,
    actions: readonly { id: string; features?: Properties }[],
    call: ServerRankCall,
  ): Promise<ServerDecision>;
  /** Predicts a label of a session. @throws as `rank`. */
  predict(model: string, call: ServerCall & { fallback?: number }): Promise<ServerPrediction>;
  /** Gives feedback for a decision, by its id, wherever it was made. @throws Error with a `code` when the edge did not take it. */
  reward(decisionId: string, value: number, options?: { final?: boolean }): Promise<void>;
  /** Says that a deferred decision was shown. @throws as `reward`. */
  shown(decisionId: string): Promise<void>;
  /** What a page begins with, for `ClientOptions.models`: the same for every visitor. @throws Error when the edge does not answer with it. */
  startingModels(models: readonly string[]): Promise<Record<string, StartingModel>>;
}

/**
 * @throws TypeError when an option is wrong, without what it says: there may be a secret in it.
 * @example
 * const server = createServerClient({ endpoint: "https://learn.example.com", key: process.env.EDGEWISE_KEY });
 */
export function createServerClient({ endpoint, key, timeout = TIMEOUT, fetch: ask }: ServerOptions): ServerClient {
  const base = checkEndpoint(endpoint, undefined);
  checkTimeout(timeout);

  async function post<T>(path: string, body: object, wait: number): Promise<T> {
    checkTimeout(wait);
    let response: Response;
    let answer: unknown;
    try {
      response = await (ask ?? fetch)(base + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(wait),
      });
      const isJson = response.ok ? response.status !== 204 : isProblem(response);
      answer = isJson ? await response.json() : undefined;
    } catch (error) {
      const isLate = (error as Error | undefined)?.name === "TimeoutError";
      throw coded(`the edge at ${base} did not answer: ${error}`, isLate ? "timeout" : "unreachable", 0);
    }
    if (response.ok) return answer as T;
    const { status } = response;
    const said = (answer as { detail?: string } | undefined)?.detail ?? "";
    throw coded(`the edge answered ${path} ${status}: ${said}`, codeFor(response), status);
  }

  /** What the world does is the fallback's; what the caller does wrong is his. */
  async function orElse<T>(asked: Promise<T>, fallback: (reason: Code) => T): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      const code = codeOf(error) ?? "failed";
      if (code === "invalid" || code === "model-unknown") throw error;
      return fallback(code);
    }
  }

  const path = (model: string, call: string) => `/v1/models/${encodeURIComponent(model)}/${call}`;
  const decisionPath = (id: string, what: string) => `/v1/decisions/${encodeURIComponent(id)}/${what}`;

  return {
    rank(model, actions, { slots, fallback = [], timeout: wait = timeout, ...call }) {
      if (actions.length === 0) return Promise.reject(coded("actions: must have at least one", "invalid"));
      const places = typeof slots === "number" ? Array.from({ length: slots }, () => ({})) : slots;
      const body = {
        ...call,
        actions: actions.map(({ id, features = {} }) => ({ id, features })),
        ...(places && { slots: places }),
      };
      return orElse<ServerDecision>(post<RankResponse>(path(model, "rank"), body, wait), (reason) =>
        unranked(
          model,
          inOrder(
            actions.map(({ id }) => id),
            fallback,
          ),
          places?.length,
          reason,
        ),
      );
    },
    predict(model, { fallback = 0, timeout: wait = timeout, ...call }) {
      return orElse<ServerPrediction>(post(path(model, "predict"), call, wait), (reason) => ({
        ...{ id: unloggedId(), model: `${model}@0.0`, value: fallback, ...undecided(reason) },
      }));
    },
    reward: (id, value, { final } = {}) =>
      post(decisionPath(id, "feedback"), { value, at: Date.now(), ...(final && { final }) }, FEEDBACK_TIMEOUT),
    shown: (id) => post(decisionPath(id, "activation"), { at: Date.now() }, FEEDBACK_TIMEOUT),
    startingModels: (models) => startingModels({ endpoint: base, models, ...(key !== undefined && { key }) }),
  };
}

function codeFor(response: Response): Code {
  const { status } = response;
  if (status >= 500) return "unreachable";
  if (!isProblem(response) || PASSING.has(status)) return "refused";
  return status === 404 ? "model-unknown" : "invalid";
}

const inOrder = (ids: readonly string[], first: readonly string[]): string[] => [
  ...new Set([...first.filter((id) => ids.includes(id)), ...ids]),
];

const undecided = (reason: Code) => ({ reason, computedBy: { place: "edge", runtime: "none", reason } as const });

/** The order that is given, taken with probability 1. */
function unranked(model: string, ids: readonly string[], slots: number | undefined, reason: Code): ServerDecision {
  const id = unloggedId();
  return {
    ...{ id, model: `${model}@0.0`, chosen: ids[0]!, ...undecided(reason) },
    ranking: ids.map((action, i) => ({ id: action, score: 0, probability: Number(i === 0) })),
    ...(slots !== undefined && {
      slots: ids.slice(0, slots).map((chosen, i) => ({ id: slotId(id, i), chosen, probability: 1 })),
    }),
  };
}
