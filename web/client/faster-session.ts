import { GRAPH_TOLERANCE } from "../../shared/decide/recorded-graph.ts";
import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";

type Feeds = Record<string, OnnxTensor>;

/** Runs before any is timed: the first compile what they run. */
const WARM_UP = 2;
/** Runs of each that are timed, in turn. */
const ROUNDS = 5;
/** What a run may take at most of the other's time to be called faster: to change costs memory, and the times are of a few runs. */
const FASTER = 0.75;

/**
 * Whether a session gives what another does, and in clearly less time: medians of runs by turns.
 * @param now ms. @throws Error when it answers something else, or what a run throws.
 */
export async function faster(
  session: OnnxSession,
  other: OnnxSession,
  feeds: Feeds,
  now: () => number = () => performance.now(),
): Promise<boolean> {
  const timed = async (one: OnnxSession, times: number[]) => {
    const started = now();
    const results = await one.run(feeds);
    times.push(now() - started);
    return results;
  };
  for (let i = 0; i < WARM_UP; i++) await session.run(feeds);
  const own: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const right = await timed(other, others);
    const results = await timed(session, own);
    requireAlike(results, right);
  }
  return medianOf(own) <= FASTER * medianOf(others);
}

/** @throws Error when outputs are further from each other than an edge lets them be. */
function requireAlike(results: Feeds, right: Feeds): void {
  for (const [name, { data }] of Object.entries(right)) {
    const values = Array.from(results[name]!.data as ArrayLike<number | bigint>, Number);
    Array.from(data as ArrayLike<number | bigint>, Number).forEach((x, i) => {
      if (Object.is(values[i], x) || Math.abs(values[i]! - x) <= GRAPH_TOLERANCE * Math.max(1, Math.abs(x))) return;
      throw new Error(`its output ${name}[${i}] is ${values[i]}, where WebAssembly gives ${x}`);
    });
  }
}

/** @example medianOf([3, 1, 2]) // 2 */
export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
