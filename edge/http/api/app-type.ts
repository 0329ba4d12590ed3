import { OpenAPIHono } from "@hono/zod-openapi";
import { batchRoute, feedbackRoute, predictRoute, rankRoute } from "./decisions.ts";
import { artifactRoute, liveRoute, modelRoute, modelsRoute, onnxRoute } from "./models.ts";
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
    .openapi(batchRoute, unused)
    .openapi(modelsRoute, unused)
    .openapi(modelRoute, unused)
    .openapi(onnxRoute, unused)
    .openapi(liveRoute, unused)
    .openapi(artifactRoute, unused)
    .openapi(healthRoute, unused)
    .openapi(metricsRoute, unused);
