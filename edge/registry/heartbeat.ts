import type { Env } from "../env.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";

/**
 * What the cron trigger of wrangler.toml does, each minute: the registry goes on with what is due. Its alarm does that by itself, but one that was set by a clock which was
 * ahead rings only when true time has come as far, and while nobody changes anything nobody else calls it. All other objects are called by whoever waits for them.
 * @throws Error when the registry does not answer: the platform shows the run as failed.
 */
export async function heartbeat(_controller: ScheduledController, env: Env): Promise<void> {
  await inJurisdiction(env).REGISTRY.getByName("registry").wake();
}
