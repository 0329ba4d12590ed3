import type { Stage } from "../../shared/contract/directory.ts";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import { channelNames } from "../channel/messages.ts";
import type { Env } from "../env.ts";
import type { Carrier } from "../observe/span.ts";
import { Retry } from "../storage/retry.ts";
import { RETRY } from "./limits.ts";
import { AT_ONCE, type Task } from "./work.ts";

/** A channel that is told. After a start it may not know of the newest publication. */
type Listener = { name: string; told: boolean; retry: Retry };

/** `traces`: sampled ones that are in the publication. */
type News = { notice: SnapshotNotice; stage: Stage; traces: readonly Carrier[] };

/** Tells a model's channels of publications, each with a pause of its own when it fails. */
export class Listeners {
  readonly #env: Env;
  readonly #listeners: Listener[];
  readonly #news: () => News;

  /** @param news what is to be told now. */
  constructor(env: Env, model: string, news: () => News) {
    this.#env = env;
    this.#news = news;
    this.#listeners = channelNames(model, env.CHANNELS).map((name) => ({ name, told: false, retry: new Retry(RETRY) }));
  }

  /** There is something new. */
  wake(): void {
    for (const listener of this.#listeners) listener.told = false;
  }

  *tasks(): Generator<Task> {
    for (const listener of this.#listeners)
      if (!listener.told)
        yield {
          at: AT_ONCE,
          what: `tell channel ${listener.name}`,
          retry: listener.retry,
          run: () => this.#tell(listener),
        };
  }

  async #tell(listener: Listener): Promise<void> {
    const { notice, stage, traces } = this.#news();
    await this.#env.CHANNEL.getByName(listener.name).publish(notice, stage, [...traces]);
    listener.told = true;
  }
}
