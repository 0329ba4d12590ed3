import { app } from "./http/app.ts";
import { Partition } from "./log/partition.ts";
import { Learner } from "./training/learner.ts";

/** What runs on workerd: the HTTP API, and the Durable Objects that wrangler.toml names. */
export { Learner, Partition };
export default { fetch: app.fetch };
