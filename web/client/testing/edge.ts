import { inject } from "vitest";
import type { Behaviour, Publication, Seen } from "./control.ts";

/** A test's own stand-in for the edge: a real HTTP server outside the page, at an endpoint that no other test has. */
export class Edge {
  readonly endpoint: string;
  readonly #index: string;

  private constructor(index: string, endpoint: string) {
    this.#index = index;
    this.endpoint = endpoint;
  }

  static async start(...publications: Publication[]): Promise<Edge> {
    const { index, endpoint } = (await ask("new")) as { index: string; endpoint: string };
    const edge = new Edge(index, endpoint);
    for (const publication of publications) await edge.publish(publication);
    return edge;
  }

  /** The server is gone: nothing listens at the endpoint. */
  stop = () => this.#tell("stop");
  /** It is back. */
  restart = () => this.#tell("start");
  publish = (publication: Publication) => this.#tell("publish", publication);
  behave = (behaviour: Behaviour) => this.#tell("behave", behaviour);
  seen = () => this.#tell("seen") as Promise<Seen>;

  #tell(command: string, argument: unknown = null): Promise<unknown> {
    return ask(`${this.#index}/${command}`, argument);
  }
}

async function ask(path: string, argument: unknown = null): Promise<unknown> {
  const response = await fetch(`${inject("edges")}/${path}`, { method: "POST", body: JSON.stringify(argument) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
