import { setTimeout } from "node:timers/promises";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { sessionOf } from "../../shared/contract/issued-session.ts";
import type { LogRow } from "../../shared/contract/log-page.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { type LoadedModel, loadModel } from "../../shared/decide/loaded-model.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { Contributions } from "../../shared/versions/contributions.ts";
import { learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import { spec } from "./world.ts";

const ORIGIN = "https://shop.example.com";

/** Calls of an edge that has keys, as its server and its pages make them. */
export class Shop {
  readonly #url: string;
  readonly #publishable = new Set<string>();
  secret = "";
  /** Of pages, for all models. */
  publishable = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** Makes the keys and deploys the model. */
  async open(): Promise<void> {
    this.secret = (await this.#json<{ key: string }>("POST", "/v1/keys", "", { kind: "secret" })).key;
    this.publishable = await this.key(null);
    await this.#json("POST", `/v1/models/${spec.name}/versions`, this.secret, { spec });
  }

  /** Sessions that the edge issues to pages with a key. */
  async sessions(count: number, key = this.publishable): Promise<string[]> {
    const sessions: string[] = [];
    while (sessions.length < count) {
      const asked = { count: Math.min(16, count - sessions.length) };
      const answer = await this.#json<{ sessions: string[] }>("POST", "/v1/sessions", key, asked);
      sessions.push(...answer.sessions);
    }
    return sessions;
  }

  /** Makes a key for pages that is good for these models; null: for all. */
  async key(models: readonly string[] | null): Promise<string> {
    const body = { kind: "publishable", origins: [ORIGIN], ...(models && { models }) };
    const { key } = await this.#json<{ key: string }>("POST", "/v1/keys", this.secret, body);
    this.#publishable.add(key);
    return key;
  }

  /** Sends a batch once. */
  batch(key: string, lists: { decisions?: readonly object[]; feedback?: readonly object[] }): Promise<BatchResponse> {
    return this.#json("POST", "/v1/batch", key, { format: 2, sentAt: Date.now(), ...lists });
  }

  /** Asks the edge to decide, as a server does. */
  rank(call: object): Promise<{ id: string }> {
    return this.#json("POST", `/v1/models/${spec.name}/rank`, this.secret, call);
  }

  /** Sends a batch, and what could not be checked or taken at once again. @throws Error when anything is refused. */
  async post(key: string, decisions: readonly object[], feedback: readonly object[]): Promise<void> {
    let lists = { decisions: [...decisions], feedback: [...feedback] };
    for (let tries = 0; lists.decisions.length + lists.feedback.length > 0; tries++) {
      const { rejected, unread } = await this.batch(key, lists);
      if (rejected.length > 0 || tries > 20) throw new Error(`refused: ${JSON.stringify(rejected.slice(0, 3))}`);
      const again = (list: "decisions" | "feedback") =>
        unread.flatMap((item) => (item.list === list ? [lists[list][item.index]!] : []));
      lists = { decisions: again("decisions"), feedback: again("feedback") };
      if (unread.length > 0) await setTimeout(1000 * Math.max(...unread.map(({ retryAfter = 0 }) => retryAfter)));
    }
  }

  /** The newest snapshot, and what a page says of who assigned it. */
  async model(): Promise<{ model: LoadedModel; manifest: Manifest }> {
    const manifest = await this.#json<Manifest>("GET", `/v1/models/${spec.name}`, this.secret);
    const base = decodeSnapshot(await this.#bytes(manifest.snapshot.url));
    const snapshot = manifest.delta ? applyDelta(base, await this.#bytes(manifest.delta.url)) : base;
    return { model: loadModel(manifest.spec, snapshot), manifest };
  }

  /** How much the version has learned, and passed over. */
  async training(): Promise<{ examples: number; lag: number; bounded: Record<string, number> }> {
    const { versions } = await this.#json<{ versions: { training: never }[] }>(
      "GET",
      `/v1/models/${spec.name}/versions`,
      this.secret,
    );
    return versions[0]!.training;
  }

  /** All rows of the log, which has one partition. */
  async log(): Promise<LogRow[]> {
    const rows: LogRow[] = [];
    for (let after = 0; ; ) {
      const text = await (await this.#fetch("GET", `/v1/log?partition=0&after=${after}`, this.secret)).text();
      const lines = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const { next, newest } = lines.pop() as { next: number; newest: number };
      rows.push(...(lines as LogRow[]));
      if (next >= newest) return rows;
      after = next;
    }
  }

  async #bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#fetch("GET", path, this.secret)).arrayBuffer());
  }

  async #json<T>(method: string, path: string, key: string, body?: object): Promise<T> {
    return (await this.#fetch(method, path, key, body)).json() as Promise<T>;
  }

  /** @throws Error when the answer is none of what was asked for; those of an edge that is full are waited for. */
  async #fetch(method: string, path: string, key: string, body?: object): Promise<Response> {
    for (let tries = 0; ; tries++) {
      const response = await fetch(this.#url + path, {
        method,
        headers: {
          "content-type": "application/json",
          ...(this.#publishable.has(key) && { origin: ORIGIN }),
          ...(key !== "" && { authorization: `Bearer ${key}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
      }).catch((error: unknown) => error);
      // A connection that the server had closed meanwhile: what was said is said again, under the same ids.
      if (!(response instanceof Response)) {
        if (tries > 20) throw response;
        continue;
      }
      if (response.ok) return response;
      const text = await response.text();
      if ((response.status !== 429 && response.status !== 503) || tries > 20)
        throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
      await setTimeout(1000 * Number(response.headers.get("retry-after") ?? 1));
    }
  }
}

/**
 * Learns a log of one partition from its beginning, as a trainer does that was never told of anything else.
 * @param without sessions whose rows it does not have. @param hostile those that are counted apart.
 */
export function learned(rows: readonly LogRow[], without: ReadonlySet<string>, hostile: ReadonlySet<string>) {
  const learner = new ModelLearner(spec);
  const contributions = new Contributions(spec.perHour);
  const decisions = new Map<string, LogRow>();
  const counts = { honest: 0, hostile: 0, passedOver: 0 };
  for (const row of rows) {
    const session = sessionOf(row.id);
    if (without.has(session)) continue;
    if (row.kind === "decision") decisions.set(row.id, row);
    const decision = decisions.get(row.id);
    if (row.kind !== "feedback" || !decision) continue;
    decisions.delete(row.id);
    const example = {
      ...{ receivedAt: decision.receivedAt, record: decision.record!, value: row.value! },
    };
    const as = learnExample(learner, contributions, example);
    if (typeof as === "object" && "unlearned" in as) throw new Error(as.unlearned);
    if (typeof as === "object") counts.passedOver++;
    else counts[hostile.has(session) ? "hostile" : "honest"]++;
  }
  return { learner, counts };
}
