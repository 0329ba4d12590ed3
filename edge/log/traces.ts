import { type Carrier, Span } from "../observe/span.ts";
import { MAX_TRACED, MAX_TRACES } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Append, Appended, Example, TracedExample } from "./messages.ts";

const LISTS = ["decisions", "feedback", "activations"] as const;

/**
 * Which decisions are followed by sampled traces: of a decision that its own call or page began, of feedback and activations the one that they came with, each
 * as its last stage left it. They are kept beside the log, in memory: a trace is a sample, costs no row, and of a partition that ends it is lost.
 */
export class Traces {
  readonly #partition: string;
  readonly #log: Log;
  /** By the decision's offset; the one that was followed last stands last. */
  readonly #followed = new Map<number, TracedExample>();

  constructor(partition: string, log: Log) {
    this.#partition = partition;
    this.#log = log;
  }

  /** A batch was appended. @param duration in seconds. */
  appended(batch: Append, outcomes: Appended, duration: number): void {
    for (const list of LISTS)
      for (const [i, { id, trace }] of batch[list].entries()) {
        if (!trace) continue;
        const { status: outcome } = outcomes[list][i]!;
        const span = Span.of(trace);
        span.write("append", duration, { partition: this.#partition, list, decision: id, outcome });
        if (outcome === "accepted" || outcome === "duplicate") this.#follow(id, span.carrier!);
      }
  }

  /** Those of some examples that are followed. */
  of(examples: readonly Example[]): TracedExample[] {
    if (this.#followed.size === 0) return [];
    return examples.flatMap(({ decision }) => this.#followed.get(decision) ?? []);
  }

  #follow(id: string, trace: Carrier): void {
    const decision = this.#log.offsetOf(id);
    // Feedback that came before its decision.
    if (decision === null) return;
    const { traceId } = Span.of(trace);
    const others = (this.#followed.get(decision)?.traces ?? []).filter((known) => Span.of(known).traceId !== traceId);
    this.#followed.delete(decision);
    this.#followed.set(decision, { decision, id, traces: [...others, trace].slice(-MAX_TRACES) });
    if (this.#followed.size > MAX_TRACED) this.#followed.delete(this.#followed.keys().next().value!);
  }
}
