import type { Partition } from "./log/partition.ts";
import type { Learner } from "./training/learner.ts";

/** What wrangler.toml binds to the Worker and its Durable Objects. */
export type Env = {
  PARTITION: DurableObjectNamespace<Partition>;
  LEARNER: DurableObjectNamespace<Learner>;
  ARTIFACTS: R2Bucket;
  ASSETS: Fetcher;
  /** Number of partitions, in decimal. */
  PARTITIONS: string;
};

declare global {
  namespace Cloudflare {
    /** The type of `env` from `cloudflare:workers`. */
    interface Env extends Bindings {}
    /** The type of `exports` from `cloudflare:workers`. */
    interface GlobalProps {
      mainModule: typeof import("./worker.ts");
    }
  }
}

type Bindings = Env;
