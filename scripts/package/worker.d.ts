/* The types of `edgewise/worker`: what a project's wrangler.toml names. What its objects say to each other is nobody else's. */

/** Answers the edge's HTTP API, and else what the project's assets have. */
declare const worker: { fetch(request: Request, env: unknown, context: unknown): Promise<Response> };
export default worker;

/** A Durable Object. */
declare class EdgeObject {
  private constructor();
}
export declare class ArchiveReader extends EdgeObject {}
export declare class Channel extends EdgeObject {}
export declare class Observer extends EdgeObject {}
export declare class Partition extends EdgeObject {}
export declare class Registry extends EdgeObject {}
export declare class Trainer extends EdgeObject {}
