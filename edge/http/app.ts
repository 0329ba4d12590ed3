import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "./app-env.ts";
import { admit } from "./middleware/admit.ts";
import { caller } from "./middleware/caller.ts";
import { cors } from "./middleware/cors.ts";
import { onError } from "./middleware/errors.ts";
import { jurisdiction } from "./middleware/jurisdiction.ts";
import { wellFormedPath } from "./middleware/path.ts";
import { rates } from "./middleware/rates.ts";
import { requestMetrics } from "./middleware/request-metrics.ts";
import { trace } from "./middleware/trace.ts";
import { notFound } from "./not-found.ts";
import { artifacts } from "./routes/artifacts.ts";
import { batch } from "./routes/batch.ts";
import { deadLetters } from "./routes/dead-letters.ts";
import { exclusions } from "./routes/exclusions.ts";
import { feedback } from "./routes/feedback.ts";
import { health } from "./routes/health.ts";
import { keys } from "./routes/keys.ts";
import { live } from "./routes/live.ts";
import { log } from "./routes/log.ts";
import { metrics } from "./routes/metrics.ts";
import { models } from "./routes/models.ts";
import { serveOpenApi } from "./routes/openapi.ts";
import { predict } from "./routes/predict.ts";
import { rank } from "./routes/rank.ts";
import { recovery } from "./routes/recovery.ts";
import { sessions } from "./routes/sessions.ts";
import { units } from "./routes/units.ts";
import { versions } from "./routes/versions.ts";

/** The HTTP API. Its client's type is api/app-type.ts. */
export const app = new OpenAPIHono<AppEnv>();
app.onError(onError);
app.use(trace, jurisdiction, requestMetrics, cors, admit, wellFormedPath, caller, rates);
const resources = [
  sessions,
  rank,
  predict,
  feedback,
  batch,
  models,
  versions,
  exclusions,
  live,
  artifacts,
  log,
  deadLetters,
  units,
  keys,
  recovery,
  health,
  metrics,
];
for (const routes of resources) app.route("/", routes as OpenAPIHono<AppEnv>);
serveOpenApi(app);
app.notFound(notFound(app));
