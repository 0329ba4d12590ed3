import type { Slice } from "../log/messages.ts";
import { type Carrier, Span } from "../observe/span.ts";
import { MAX_TOLD_TRACES, MAX_WAITING_TRACES } from "./limits.ts";

type Waiting = { id: string; trace: Carrier };

/** Follows sampled traces through a version: from the log to the first publication that their decisions are in. In memory, as in partitions. */
export class VersionTraces {
  readonly #of: { model: string; version: number };
  /** Of examples that were learned and are in no publication yet. */
  #waiting: Waiting[] = [];
  #published: Carrier[] = [];

  constructor(model: string, version: number) {
    this.#of = { model, version };
  }

  /** Those of the newest publication, as it left them: they go along with its notice. */
  get published(): readonly Carrier[] {
    return this.#published;
  }

  /** A slice was learned. @param seconds that it took. @param now ms, when it came. */
  learned(partition: string, { examples, traced = [] }: Slice, seconds: number, now: number): void {
    for (const { decision, id, traces } of traced) {
      const { feedbackAt, receivedAt } = examples.find((example) => example.decision === decision)!;
      const fields = { ...this.#of, partition, decision: id };
      for (const trace of traces) {
        const join = Span.of(trace);
        join.write("join", (now - (feedbackAt ?? receivedAt)) / 1000, fields);
        const learn = Span.of(join.carrier!);
        learn.write("learn", seconds / examples.length, fields);
        this.#waiting.push({ id, trace: learn.carrier! });
      }
    }
    if (this.#waiting.length > MAX_WAITING_TRACES) this.#waiting = this.#waiting.slice(-MAX_WAITING_TRACES);
  }

  /** What was learned is being published. @returns what is to be called when it is, or could not be. */
  publishing(): { done(seconds: number, snapshot: number): void; failed(): void } {
    const contained = this.#waiting;
    this.#waiting = [];
    return {
      done: (seconds, snapshot) => {
        const published = contained.map(({ id, trace }) => {
          const publish = Span.of(trace);
          publish.write("publish", seconds, { ...this.#of, snapshot, decision: id });
          return publish.carrier!;
        });
        this.#published = published.slice(-MAX_TOLD_TRACES);
      },
      failed: () => {
        this.#waiting = [...contained, ...this.#waiting];
      },
    };
  }
}
