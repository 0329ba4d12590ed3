import { createRoute } from "@hono/zod-openapi";
import {
  batchRequest,
  batchResponse,
  feedbackRequest,
  predictRequest,
  predictResponse,
  rankRequest,
  rankResponse,
} from "../../shared/spec/record.ts";
import { decisionParameter, modelParameter } from "./parameters.ts";
import { json, jsonRequest, problems } from "./responses.ts";

export const rankRoute = createRoute({
  method: "post",
  path: "/v1/models/{model}/rank",
  tags: ["decisions"],
  summary: "Choose among actions",
  description:
    "Decides at the edge and logs the decision before it answers. Repeating a call with the same id changes nothing and answers the same.",
  request: { params: modelParameter, body: jsonRequest(rankRequest) },
  responses: { 201: json(rankResponse, "The decision"), ...problems },
});

export const predictRoute = createRoute({
  method: "post",
  path: "/v1/models/{model}/predict",
  tags: ["decisions"],
  summary: "Predict a label",
  description:
    "Predicts at the edge and logs the decision before it answers. Repeating a call with the same id changes nothing and answers the same.",
  request: { params: modelParameter, body: jsonRequest(predictRequest) },
  responses: { 201: json(predictResponse, "The prediction"), ...problems },
});

export const feedbackRoute = createRoute({
  method: "post",
  path: "/v1/decisions/{id}/feedback",
  tags: ["decisions"],
  summary: "Say what came of a decision",
  description:
    "A reward (rank) or a label (predict). Feedback for an unknown decision is kept and joined when the decision comes.",
  request: { params: decisionParameter, body: jsonRequest(feedbackRequest) },
  responses: { 204: { description: "It is in the log" }, ...problems },
});

export const batchRoute = createRoute({
  method: "post",
  path: "/v1/batch",
  tags: ["decisions"],
  summary: "Hand in decisions made elsewhere, and feedback",
  description:
    "What pages send. Items are checked one by one; what cannot be used is kept among the dead letters with its reason. Sending a batch again changes nothing.",
  request: { body: jsonRequest(batchRequest) },
  responses: { 200: json(batchResponse, "What became of the items"), ...problems },
});
