import { app } from "./app.ts";
import { Learner } from "./learner/learner.ts";
import { Partition } from "./partition/partition.ts";

/** What runs on workerd: the HTTP API, and the Durable Objects that wrangler.toml names. */
export { Learner, Partition };
export default { fetch: app.fetch };
