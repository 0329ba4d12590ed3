import { Channel } from "./channel/channel.ts";
import { front } from "./http/front.ts";
import { ArchiveReader } from "./log/archive-reader.ts";
import { Partition } from "./log/partition.ts";
import { Observer } from "./observe/observer.ts";
import { heartbeat } from "./registry/heartbeat.ts";
import { Registry } from "./registry/registry.ts";
import { Trainer } from "./training/trainer.ts";

/** What runs on workerd: the HTTP API, and the Durable Objects that wrangler.toml names. */
export { ArchiveReader, Channel, Observer, Partition, Registry, Trainer };
export default { fetch: front, scheduled: heartbeat };
