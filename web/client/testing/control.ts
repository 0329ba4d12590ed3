/** What a test may ask of the proxy between it and the edge. */

export type Behaviour = {
  /** Answers to the next batches, which are not passed on. */
  batchAnswers?: { status: number; body?: string; retryAfter?: string }[];
  /** A longer batch is answered 413. */
  maxBatchBytes?: number;
  /** A batch with one of these decision ids in it is answered 400. */
  poison?: string[];
  /** So many batches are passed on, but the connection breaks before the answer. */
  lostAnswers?: number;
  /** Fields that every record of a batch gets on its way. */
  addToRecords?: Record<string, unknown>;
  /** Every other request is answered so: with this status, or never. */
  answerAll?: number | "never";
  refuseSockets?: boolean;
  /** What the edge says on sockets is lost. */
  swallowNotices?: boolean;
  /** Artifacts are answered with other bytes than their hash says. */
  garbleArtifacts?: boolean;
  /** Manifests are answered so much later, in ms. */
  manifestDelay?: number;
};

/** A batch as the page sent it, and as the edge answered it; null when the proxy did not pass it on. */
/** `body`: as it is when it is unpacked; `gzip`: whether it came compressed. */
export type SentBatch = { body: string; gzip: boolean; answer: string | null };

/** What passed the proxy. */
export type Seen = {
  /** Requests by method and path, in order. */
  requests: string[];
  batches: SentBatch[];
  /** WebSockets that were opened. */
  sockets: number;
};

/** A request to the edge itself; `base64`: a body that is no JSON. `of`: URL of another edge. `key`: what it is called with. */
export type EdgeCall = { method: string; path: string; body?: object; base64?: string; of?: string; key?: string };

/** An edge of its own that needs keys, and one that may do everything. */
export type LockedEdge = { url: string; rootKey: string };

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the edge itself. */
    edge: string;
    /** URL of the server that starts proxies in front of the edge, and tells them what to do (server/setup.ts). */
    proxies: string;
  }
}
