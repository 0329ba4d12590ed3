import type { DecisionRecord, FeedbackRecord } from "../../../shared/contract/record.ts";
import type { ModelSpec } from "../../../shared/contract/spec.ts";

/** What a test may ask of its stand-in for the edge. */

export type Publication = {
  spec: ModelSpec;
  version: number;
  number: number;
  /** Weights of the head by index; the others are 0. */
  weights: [index: number, weight: number][];
  /** Bytes of an ONNX file. */
  graph?: number[];
  /** How long before the publication its newest feedback came, in ms; without it there was none. */
  feedbackAge?: number;
};

export type Behaviour = {
  /** Statuses that the next batches are answered with, without being taken. */
  batchStatuses?: number[];
  retryAfter?: string;
  /** A longer batch is answered 413. */
  maxBatchBytes?: number;
  /** A batch with one of these decision ids is answered 400. */
  poison?: string[];
  /** Items of these decision ids are taken out of their batch and answered as rejected. */
  reject?: string[];
  /** So many batches are taken, but the connection breaks before the answer. */
  lostAnswers?: number;
  refuseSockets?: boolean;
  /** Artifacts are answered with other bytes than their hash says. */
  garbleArtifacts?: boolean;
  /** Manifests are answered so much later, in ms. */
  manifestDelay?: number;
};

/** What the stand-in has seen. */
export type Seen = {
  /** Decisions in the order they were taken, each once. */
  decisions: DecisionRecord[];
  feedback: FeedbackRecord[];
  /** Items that came again. */
  duplicates: number;
  /** Ids that came again with something else. */
  contradictions: string[];
  /** Items that are not as the schemas say, with what is wrong. */
  invalid: string[];
  /** Requests by method and path, in order. */
  requests: string[];
  batchSizes: number[];
  sockets: number;
};

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the server that starts stand-ins for the edge, and tells them what to do (server/setup.ts). */
    edges: string;
  }
}
