import {
  activationRequest,
  feedbackRequest,
  predictRequest,
  predictResponse,
  rankRequest,
  rankResponse,
} from "../../../shared/contract/calls.ts";
import { batchRequest, batchResponse } from "../../../shared/contract/envelope.ts";
import { apiRoute } from "./api-route.ts";
import { decisionParameter, modelParameter } from "./parameters.ts";
import { bodyProblems, json, jsonRequest } from "./responses.ts";

const visit = {
  id: "visit-7.1",
  unit: "visitor-42",
  session: "visit-7",
  context: { device: "phone" },
  events: [{ type: "view", at: 1_764_000_000_000, properties: { genre: "drama" } }],
};
const rankExample = {
  ...visit,
  actions: [
    { id: "m1", features: { genre: "drama", year: 1994 } },
    { id: "m2", features: { genre: "comedy", year: 2021 } },
  ],
};
const predictExample = { ...visit, id: "visit-7.2" };
const batchExample = {
  format: 2,
  sentAt: 1_764_000_060_000,
  decisions: [],
  feedback: [{ id: "visit-7.1", value: 1, at: 1_764_000_030_000 }],
};

export const rankRoute = apiRoute({
  needs: { key: "publishable", models: "path" },
  method: "post",
  path: "/v1/models/{model}/rank",
  operationId: "rank",
  tags: ["decisions"],
  summary: "Choose among actions",
  description:
    "Decides at the edge and logs the decision before it answers. Repeating a call with the same id changes nothing and answers the same.",
  request: { params: modelParameter, body: jsonRequest(rankRequest, rankExample) },
  responses: { 201: json(rankResponse, "The decision"), ...bodyProblems(404, 409, 422) },
});

export const predictRoute = apiRoute({
  needs: { key: "publishable", models: "path" },
  method: "post",
  path: "/v1/models/{model}/predict",
  operationId: "predict",
  tags: ["decisions"],
  summary: "Predict a label",
  description:
    "Predicts at the edge and logs the decision before it answers. Repeating a call with the same id changes nothing and answers the same.",
  request: { params: modelParameter, body: jsonRequest(predictRequest, predictExample) },
  responses: { 201: json(predictResponse, "The prediction"), ...bodyProblems(404, 409, 422) },
});

export const feedbackRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "post",
  path: "/v1/decisions/{id}/feedback",
  operationId: "giveFeedback",
  tags: ["decisions"],
  summary: "Say what came of a decision",
  description:
    "A reward (rank) or a label (predict). Feedback for an unknown decision is kept and joined when the decision comes. Of a list of several slots, `action` says which of the shown actions it is for. A beacon may say that it is `text/plain`, with the key as `?key=`.",
  request: { params: decisionParameter, body: jsonRequest(feedbackRequest, { value: 1, final: true }) },
  responses: { 204: { description: "It is in the log" }, ...bodyProblems(404, 422) },
});

export const activationRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "post",
  path: "/v1/decisions/{id}/activation",
  operationId: "activate",
  tags: ["decisions"],
  summary: "Say that a deferred decision was shown",
  description:
    "A decision that was made with `deferred: true` counts from now on; what is not activated within a day is never learned. Of others it changes nothing.",
  request: { params: decisionParameter, body: { ...jsonRequest(activationRequest, {}), required: false as const } },
  responses: { 204: { description: "It is in the log" }, ...bodyProblems(404) },
});

export const batchRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "post",
  path: "/v1/batch",
  operationId: "sendBatch",
  tags: ["decisions"],
  summary: "Hand in decisions made elsewhere, and feedback",
  description:
    "What pages send. Items are checked one by one, and decisions are decided again from their records; what cannot be used, or does not agree, is kept among the dead letters with its reason. Sending a batch again changes nothing. As of every route, the body may be gzip (`content-encoding: gzip`), and may have as many bytes when it is unpacked. A beacon may say that it is `text/plain`, with the key as `?key=`.",
  request: { body: jsonRequest(batchRequest, batchExample) },
  responses: { 200: json(batchResponse, "What became of the items"), ...bodyProblems() },
});
