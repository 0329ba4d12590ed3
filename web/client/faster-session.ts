import { GRAPH_TOLERANCE } from "../../shared/decide/recorded-graph.ts";
import type { OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import type { TimedSession } from "./graph-runtime.ts";

type Feeds = Record<string, OnnxTensor>;

/** Runs before any is timed: the first compile what they run. */
const WARM_UP = 2;
/** Runs of each that are timed, in turn. */
const ROUNDS = 5;
/** What a run may take at most of the other's time to be called faster: to change costs memory, and the times are of a few runs. */
const FASTER = 0.75;

/** How near its outputs must be here to go on with it, of how near an edge wants them: other inputs will come. */
const NEARNESS = 1 / 10;

/**
 * Whether a session gives what another does, and in clearly less time: medians of runs by turns.
 * @throws Error when it answers something else, or what a run throws.
 */
export async function faster(session: TimedSession, other: TimedSession, feeds: Feeds): Promise<boolean> {
  for (let i = 0; i < WARM_UP; i++) await session.run(feeds);
  const own: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const right = await other.runTimed(feeds);
    const { outputs, took } = await session.runTimed(feeds);
    requireAlike(outputs, right.outputs);
    own.push(took);
    others.push(right.took);
  }
  return medianOf(own) <= FASTER * medianOf(others);
}

/** @throws Error when outputs are further from each other than NEARNESS allows. */
function requireAlike(results: Feeds, right: Feeds): void {
  for (const [name, { data }] of Object.entries(right)) {
    const values = Array.from(results[name]!.data as ArrayLike<number | bigint>, Number);
    Array.from(data as ArrayLike<number | bigint>, Number).forEach((x, i) => {
      const near = NEARNESS * GRAPH_TOLERANCE * Math.max(1, Math.abs(x));
      if (Object.is(values[i], x) || Math.abs(values[i]! - x) <= near) return;
      throw new Error(`its output ${name}[${i}] is ${values[i]}, where WebAssembly gives ${x}`);
    });
  }
}

/** @example medianOf([3, 1, 2]) // 2 */
const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
