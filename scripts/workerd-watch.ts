import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { setTimeout } from "node:timers/promises";

/** How long workerd may take to answer again after it ended, ms: a start takes a second, on a busy machine ten. */
const RESTART_LIMIT = 60_000;
/** How often it may end in ENDS_WINDOW ms. What ends it more often than that ends it at every start, and is not mended by another. */
const MAX_ENDS = 5;
const ENDS_WINDOW = 5 * 60_000;
/** Pause between two looks whether it answers, ms. */
const LOOK_PAUSE = 200;

export type WorkerdWatch = {
  /** Whether the server answers. */
  answers: () => Promise<boolean>;
  /** A line for the operator. */
  say: (line: string) => void;
  /** It does not come back, or goes again and again: `why` in a line. */
  giveUp: (why: string) => void;
};

/** `stop`: from now on an end is a stop. `restarts`: how often it has ended by itself. */
type Watching = { stop: () => void; restarts: () => number };

/**
 * Says when workerd ends without having been stopped, and when Miniflare's next one answers; gives up when none does. To be called before the
 * first is started.
 */
export function watchWorkerd({ answers, say, giveUp }: WorkerdWatch): Watching {
  let stopped = false;
  const ends: number[] = [];
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    child.once("spawn", () => {
      if (child.spawnfile.includes("workerd")) child.once("exit", (code, signal) => void ended(child, code, signal));
    });
  });
  return {
    stop: () => {
      stopped = true;
    },
    restarts: () => ends.length,
  };

  async function ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (stopped) return;
    const at = performance.now();
    ends.push(at);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const times = ends.filter((end) => end > at - ENDS_WINDOW).length;
    if (times >= MAX_ENDS)
      return giveUp(`workerd ended ${times} times within ${ENDS_WINDOW / 60_000} minutes, the last time ${how}`);
    say(`workerd (process ${child.pid}) ended ${how}; it is being started again.`);
    while (performance.now() < at + RESTART_LIMIT) {
      await setTimeout(LOOK_PAUSE);
      // Another end meanwhile is told of by its own call.
      if (stopped || ends.at(-1) !== at) return;
      if (await answers())
        return say(`workerd answers again, ${((performance.now() - at) / 1000).toFixed(1)} s later.`);
    }
    if (!stopped && ends.at(-1) === at)
      giveUp(`workerd ended ${how}, and does not answer again within ${RESTART_LIMIT / 1000} seconds`);
  }
}
