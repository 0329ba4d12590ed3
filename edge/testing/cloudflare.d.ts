/// <reference types="vite/types/importMeta.d.ts" />

declare namespace Cloudflare {
  /** The type of `env` from `cloudflare:workers`: as tests see it, with the classes behind the names. */
  interface Env extends Bindings {
    PARTITION: DurableObjectNamespace<import("../log/partition.ts").Partition>;
    TRAINER: DurableObjectNamespace<import("../training/trainer.ts").Trainer>;
    REGISTRY: DurableObjectNamespace<import("../registry/registry.ts").Registry>;
    ARCHIVE_READER: DurableObjectNamespace<import("../log/archive-reader.ts").ArchiveReader>;
    CHANNEL: DurableObjectNamespace<import("../channel/channel.ts").Channel>;
    OBSERVER: DurableObjectNamespace<import("../observe/observer.ts").Observer>;
  }
  /** The type of `exports` from `cloudflare:workers`. */
  interface GlobalProps {
    mainModule: typeof import("../worker.ts");
  }
}

type Bindings = Omit<
  import("../env.ts").Env,
  "PARTITION" | "ARCHIVE_READER" | "TRAINER" | "CHANNEL" | "REGISTRY" | "OBSERVER"
>;
