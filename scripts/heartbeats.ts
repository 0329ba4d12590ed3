import type { Miniflare } from "miniflare";

/** As often as the platform does it: the cron trigger of wrangler.toml. */
const INTERVAL = 60_000;

/**
 * Does on one machine what a cron trigger does on the platform: has the Worker's scheduled handler run each minute. workerd has no triggers of its own.
 * @param say hears of a heartbeat that failed; the next comes all the same.
 * @returns what ends it.
 */
export function beat(server: Miniflare, say: (line: string) => void): () => void {
  let isBeating = false;
  const once = async (): Promise<void> => {
    if (isBeating) return;
    isBeating = true;
    try {
      const worker = await server.getWorker();
      const { outcome } = await worker.scheduled({ cron: "* * * * *" });
      if (outcome !== "ok")
        say(`The heartbeat ended with ${JSON.stringify(outcome)}: what is due waits for its own alarm.`);
    } catch (error) {
      say(`The heartbeat failed: ${error instanceof Error ? error.message : String(error)}.`);
    }
    isBeating = false;
  };
  const timer = setInterval(once, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}
