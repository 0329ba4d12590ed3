import { OpenAPIHono } from "@hono/zod-openapi";
import { activationRoute, batchRoute, feedbackRoute, predictRoute, rankRoute } from "./decisions.ts";
import { artifactRoute, directoryRoute, liveRoute, modelRoute, modelsRoute, onnxRoute } from "./models.ts";
import { healthRoute, metricsRoute } from "./operations.ts";
import { sessionRoute } from "./sessions.ts";

/**
 * The type of the API, inferred from the route definitions: `hc<AppType>(endpoint)` is a typed client. It is apart from
 * the app, so that a client needs none of workerd's types.
 */
export type AppType = ReturnType<typeof typeOnly>;

const unused = (): never => {
  throw new Error("only the type of this is used");
};

const typeOnly = () =>
  new OpenAPIHono()
    .openapi(sessionRoute, unused)
    .openapi(rankRoute, unused)
    .openapi(predictRoute, unused)
    .openapi(feedbackRoute, unused)
    .openapi(activationRoute, unused)
    .openapi(batchRoute, unused)
    .openapi(directoryRoute, unused)
    .openapi(modelsRoute, unused)
    .openapi(modelRoute, unused)
    .openapi(onnxRoute, unused)
    .openapi(liveRoute, unused)
    .openapi(artifactRoute, unused)
    .openapi(healthRoute, unused)
    .openapi(metricsRoute, unused);
