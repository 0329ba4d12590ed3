import { inject } from "vitest";
import type { BatchResponse } from "../../../shared/contract/envelope.ts";
import type { Behaviour, EdgeCall, LockedEdge, Seen } from "./control.ts";

/** A test's way to the real edge: through a proxy of its own, at an endpoint that no other test has. */
export class Edge {
  readonly endpoint: string;
  readonly #index: string;

  private constructor(index: string, endpoint: string) {
    this.#index = index;
    this.endpoint = endpoint;
  }

  static async start(): Promise<Edge> {
    const { index, endpoint } = (await ask("new")) as { index: string; endpoint: string };
    return new Edge(index, endpoint);
  }

  /** The edge is gone: nothing listens at the endpoint. */
  stop = () => this.#tell("stop");
  /** It is back. */
  restart = () => this.#tell("start");
  behave = (behaviour: Behaviour) => this.#tell("behave", behaviour);
  seen = () => this.#tell("seen") as Promise<Seen>;

  /** What the edge answered to the batches that were passed on to it, together. */
  async answers(): Promise<BatchResponse> {
    const total: BatchResponse = { accepted: 0, duplicates: 0, rejected: [], unread: [] };
    for (const { answer } of (await this.seen()).batches) {
      if (answer === null) continue;
      const { accepted, duplicates, rejected, unread } = JSON.parse(answer) as BatchResponse;
      total.accepted += accepted;
      total.duplicates += duplicates;
      total.rejected.push(...rejected);
      total.unread.push(...unread);
    }
    return total;
  }

  #tell(command: string, argument: unknown = null): Promise<unknown> {
    return ask(`${this.#index}/${command}`, argument);
  }
}

/** Items of a batch as the page sent it. */
export function itemsOf(body: string): { id: string }[] {
  const { decisions = [], feedback = [], activations = [] } = JSON.parse(body) as Record<string, { id: string }[]>;
  return [...decisions, ...feedback, ...activations];
}

/** Another edge, which needs keys. It is one for all tests, with a state of its own. */
export const lockedEdge = (): Promise<LockedEdge> => ask("locked") as Promise<LockedEdge>;

/** Asks the edge itself. @throws Error with its answer when that is not a 2xx. */
export const askEdge = <T>(call: EdgeCall): Promise<T> => ask("edge", call) as Promise<T>;

async function ask(path: string, argument: unknown = null): Promise<unknown> {
  const response = await fetch(`${inject("proxies")}/${path}`, { method: "POST", body: JSON.stringify(argument) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
