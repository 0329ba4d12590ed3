import { Counts } from "../edge/observe/counts.ts";
import { ACKNOWLEDGE_DURATION, REQUEST_DURATION, REQUESTS, SCORE_DURATION } from "../edge/observe/families.ts";
import { Span } from "../edge/observe/span.ts";
import { median } from "./interleaved.ts";
import { machine } from "./machine.ts";

/**
 * `node bench/counting.ts`: what metrics and traces cost a rank call of an isolate, by themselves: against the milliseconds of the call it is too little to be
 * seen in requests a second.
 */

const ROUNDS = 9;
const CALLS = 200_000;

const counts = new Counts();

/** What is counted of a rank call. */
function count(): void {
  counts.add(REQUESTS, ["POST", "/v1/models/:model/rank", 201]);
  counts.observe(REQUEST_DURATION, ["POST", "/v1/models/:model/rank"], 0.003);
  counts.observe(SCORE_DURATION, ["home-hero"], 0.0004);
  counts.observe(ACKNOWLEDGE_DURATION, ["2"], 0.002);
}

/** The trace of one that is not sampled. */
function trace(): void {
  const span = Span.begin(null, false);
  if (span.traceparent === "" || span.carrier) throw new Error("a trace that is not sampled goes along");
}

function microseconds(work: () => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    for (let n = 0; n < CALLS; n++) work();
    return ((performance.now() - started) / CALLS) * 1000;
  });
  return median(rounds);
}

console.log(
  `${machine()}, median of ${ROUNDS} rounds of ${CALLS} calls: counting ${microseconds(count).toFixed(2)} µs, the trace ${microseconds(trace).toFixed(2)} µs a call`,
);
